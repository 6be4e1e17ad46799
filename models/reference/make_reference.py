"""Writes the vectors the Python library gives, as fixtures of numbers without any text.

    python make_reference.py --data DIR [--models NAME,...] [--out FOLDER]

For each encoder two files: `<name>.parity.safetensors` over 200 abstracts of
DIR/corpus/arxiv-recent (drawn by hash, protocol `parity`) and `<name>.sample.safetensors` over the
first 40 papers of this project's data/sample.jsonl. A file holds one tensor `vectors`
(32-bit, one row per paper) and, as metadata, `ids` (a JSON list in row order), `texts_sha256` (of
the texts in row order joined by line feeds) and what made it. The text of a paper is
`title. abstract`. Each text is encoded alone, on the CPU, weights in 32 bits.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import sentence_transformers
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "train"))

from corpus import draw_sample, read_records, text_of  # noqa: E402  (the path is set just above)

PARITY_PAPERS = 200
SAMPLE_PAPERS = 40
ENCODERS = {
    "all-MiniLM-L6-v2": {"folder": "models/third-party/all-MiniLM-L6-v2", "max_tokens": 256},
    "kindred-small": {"folder": "models/kindred-small", "max_tokens": 256},
    "kindred-static": {"folder": "models/kindred-static", "max_tokens": None},
}


def parity_papers(data):
    papers = {
        paper["id"]: paper
        for paper in read_records(Path(data) / "corpus" / "arxiv-recent.jsonl.zst")
        if paper["abstract"]
    }
    return [papers[paper] for paper in draw_sample(papers, "parity", PARITY_PAPERS)]


def sample_papers():
    path = ROOT / "data" / "sample.jsonl"
    if not path.exists():
        return None
    with open(path, encoding="utf-8") as stream:
        papers = [json.loads(line) for line in stream if line.strip()]
    return papers[:SAMPLE_PAPERS]


def check_tokens(model, folder, texts, max_tokens):
    """The library must read what the folder says: no cut, or a cut at `max_tokens` exactly."""
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    plain.no_padding()
    plain.no_truncation()
    if max_tokens is None:
        return
    plain.enable_truncation(max_tokens)
    longest = 0
    for text in texts:
        ids = model.preprocess([text])["input_ids"][0].tolist()
        if ids != plain.encode(text).ids:
            raise SystemExit(f"{folder.name}: the library reads other tokens than the folder says")
        longest = max(longest, len(ids))
    print(f"{folder.name}: longest text {longest} tokens of at most {max_tokens}")


def write_vectors(path, name, papers, rule):
    folder = ROOT / ENCODERS[name]["folder"]
    model = SentenceTransformer(str(folder), device="cpu").float()
    texts = [text_of(paper) for paper in papers]
    check_tokens(model, folder, texts, ENCODERS[name]["max_tokens"])
    vectors = np.concatenate([model.encode([text]) for text in texts]).astype(np.float32)
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    metadata = {
        "encoder": name,
        "weights_sha256": weights,
        "text": "title. abstract",
        "papers": rule,
        "ids": json.dumps([paper["id"] for paper in papers]),
        "texts_sha256": hashlib.sha256("\n".join(texts).encode()).hexdigest(),
        "made_with": f"sentence-transformers {sentence_transformers.__version__}, "
        f"torch {torch.__version__.split('+')[0]}, float32, CPU, one text at a time",
    }
    save_file({"vectors": vectors}, str(path), metadata=metadata)
    path.chmod(0o644)
    print(f"{path.name}: {vectors.shape[0]} x {vectors.shape[1]}, {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--models", default=",".join(ENCODERS))
    parser.add_argument("--out", type=Path, default=ROOT / "crates/kindred-embed/tests/fixtures")
    arguments = parser.parse_args()
    parity = parity_papers(arguments.data)
    sample = sample_papers()
    for name in arguments.models.split(","):
        stem = arguments.out / name.lower()
        rule = "corpus/arxiv-recent, first 200 by SHA-256 of `parity:0:<id>`"
        write_vectors(Path(f"{stem}.parity.safetensors"), name, parity, rule)
        if sample is None:
            print(f"{name}: skipped the sample, data/sample.jsonl is not there")
        else:
            rule = f"data/sample.jsonl, first {SAMPLE_PAPERS}"
            write_vectors(Path(f"{stem}.sample.safetensors"), name, sample, rule)


if __name__ == "__main__":
    main()
