"""Loads a folder in the Python library and writes the vectors that it gives, for our engine's tests.

    python check.py MODEL TEXTS OUT

TEXTS is JSON Lines of papers; OUT becomes a `.safetensors` with `vectors` `[papers, width]` of
`title. abstract` in 32 bits, and the ids as metadata, as the fixtures of `models/reference`.
"""

import json
import sys

import numpy as np
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

PAPERS = 40


def main():
    folder, texts, out = sys.argv[1:]
    with open(texts, encoding="utf-8") as stream:
        papers = [json.loads(line) for line in stream][:PAPERS]
    model = SentenceTransformer(folder, device="cpu").float()
    vectors = np.stack(
        [model.encode(f"{paper['title']}. {paper['abstract']}") for paper in papers]
    ).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    if not np.allclose(lengths, 1, atol=1e-4):
        raise SystemExit(f"{folder}: vectors have lengths {lengths.min()} to {lengths.max()}, not 1")
    save_file({"vectors": vectors}, out, metadata={"ids": json.dumps([p["id"] for p in papers])})
    print(f"check: {folder} gives {vectors.shape[1]} dimensions in the Python library")


if __name__ == "__main__":
    main()
