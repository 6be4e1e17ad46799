"""Stage 4: finishes the table and writes it as a sentence-transformers folder in 16 bits."""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from corpus import HERE, load_config
from views import Corpus

LIMIT_BYTES = 16 * 2**20
MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.models.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.models.Normalize",
    },
]
CHECK_TEXTS = [
    "Secure aggregation with colluding users. We bound what a coalition of clients learns.",
    "On the $L^2$ norm of Gau\u00df sums \\cite{weil}",
    "graph",
]


def paper_vectors(table, corpus, papers):
    """Unit vectors of the given papers (title and abstract), one row each."""
    rows = [table[corpus.tokens[corpus.title[p] : corpus.end[p]]].mean(axis=0) for p in papers]
    vectors = np.stack(rows)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def spread(table, corpus, settings, seed):
    """The table whose paper vectors have mean zero and more even variances.

    A linear map of every row is the same map of every text's mean. The map is symmetric and close
    to the identity, so that Matryoshka prefixes keep their meaning.
    """
    frequency = np.bincount(corpus.tokens, minlength=len(table)) / len(corpus.tokens)
    table = table.astype(np.float64)
    table = table - frequency @ table
    papers = np.random.default_rng(seed).choice(
        corpus.usable, min(settings["papers"], len(corpus.usable)), replace=False
    )
    vectors = paper_vectors(table, corpus, papers)
    variances, directions = np.linalg.eigh(np.cov(vectors, rowvar=False))
    gains = (variances / variances.mean()) ** (-settings["exponent"] / 2)
    return table @ ((directions * gains) @ directions.T)


def finish(table):
    """The table in 16 bits: unknown pieces weigh nothing, the root mean square weight is one.

    Cosines do not depend on the scale; this one keeps every weight far from the subnormal numbers
    and from the largest 16-bit number.
    """
    table = table.astype(np.float64)
    table[0] = 0.0
    table /= np.sqrt(np.mean(np.sum(table**2, axis=1)) / table.shape[1])
    rounded = table.astype(np.float16)
    if not np.isfinite(rounded).all():
        raise SystemExit("export: a weight is not finite in 16 bits")
    return rounded


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def check(folder, table, tokenizer):
    """Loads the folder with the Python library and compares with plain means of table rows."""
    from sentence_transformers import SentenceTransformer

    loaded = SentenceTransformer(str(folder), device="cpu").float().encode(CHECK_TEXTS)
    for text, vector in zip(CHECK_TEXTS, loaded, strict=True):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        mean = table[ids].astype(np.float64).mean(axis=0)
        difference = np.abs(vector - mean / np.linalg.norm(mean)).max()
        if difference > 1e-6:
            raise SystemExit(f"export: vectors differ by {difference} on {text!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True)
    parser.add_argument("--prepared", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--config")
    arguments = parser.parse_args()
    config = load_config(arguments.config)
    corpus = Corpus(arguments.prepared)
    table = finish(spread(np.load(arguments.table), corpus, config["finish"], config["seed"]))
    tokenizer = Tokenizer.from_file(arguments.tokenizer)
    if tokenizer.token_to_id("[UNK]") != 0 or table.shape[0] != tokenizer.get_vocab_size():
        raise SystemExit("export: the table does not belong to this tokenizer")

    out = Path(arguments.out)
    (out / "1_Normalize").mkdir(parents=True, exist_ok=True)
    write_json(out / "modules.json", MODULES)
    write_json(
        out / "config_sentence_transformers.json",
        {
            "model_type": "SentenceTransformer",
            "prompts": {},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
            "matryoshka_dimensions": config["train"]["dimensions"],
        },
    )
    write_json(out / "1_Normalize" / "config.json", {})
    shutil.copyfile(arguments.tokenizer, out / "tokenizer.json")
    weights = out / "model.safetensors"
    save_file({"embedding.weight": table}, str(weights), metadata={"format": "pt"})
    size = weights.stat().st_size
    if size > LIMIT_BYTES:
        raise SystemExit(f"export: model.safetensors has {size} bytes, limit {LIMIT_BYTES}")
    check(out, load_file(str(weights))["embedding.weight"], tokenizer)
    weights.chmod(0o644)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    shutil.copyfile(Path(arguments.table).with_suffix(".csv"), results / "training-curve.csv")
    print(f"export: {out}, {table.shape[0]} x {table.shape[1]}, {size} bytes")


if __name__ == "__main__":
    main()
