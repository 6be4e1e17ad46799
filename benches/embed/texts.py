"""Draws the texts that every engine encodes and writes them as JSON lists of strings.

    python texts.py --data DIR --out FOLDER

The papers of DIR/corpus/arxiv-recent that have an abstract are ordered by the SHA-256 rule of the
data directory (protocol `embed`, draw 0). The first 2,000 give `texts.json`, the next 300 give
`calibration.json` (for peers that need texts to quantise by), and the titles of about ten words
among the 2,000 after those give the 200 of `queries.json`. All three are disjoint.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "train"))

from corpus import draw_sample, read_records, text_of  # noqa: E402  (the path is set just above)

TEXTS = 2000
CALIBRATION = 300
QUERY_PAPERS = 2000
QUERIES = 200
QUERY_WORDS = range(9, 12)


def draw(data):
    """The texts to encode, the texts to calibrate by, and short queries."""
    papers = {
        paper["id"]: paper
        for paper in read_records(data / "corpus" / "arxiv-recent.jsonl.zst")
        if paper["abstract"]
    }
    order = draw_sample(papers, "embed", TEXTS + CALIBRATION + QUERY_PAPERS)
    texts = [text_of(papers[paper]) for paper in order]
    titles = [papers[paper]["title"] for paper in order[TEXTS + CALIBRATION :]]
    queries = [title for title in titles if len(title.split()) in QUERY_WORDS][:QUERIES]
    if len(queries) < QUERIES:
        sys.exit(f"texts.py: expected {QUERIES} titles of about ten words, found {len(queries)}")
    return texts[:TEXTS], texts[TEXTS : TEXTS + CALIBRATION], queries


def main():
    """Writes the three files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lists = draw(options.data)
    for name, texts in zip(("texts", "calibration", "queries"), lists, strict=True):
        path = options.out / f"{name}.json"
        path.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
        print(f"texts.py: {len(texts)} strings in {path}")


if __name__ == "__main__":
    main()
