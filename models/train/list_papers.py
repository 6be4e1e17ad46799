"""Stage 1: the papers to train on, one JSON object a line, in the order of a hash of their ids."""

import argparse
import json
from pathlib import Path

from corpus import load_config, training_papers
from stages import finish

FIELDS = ("id", "title", "abstract", "categories", "authors", "venue", "keywords")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--scale", required=True)
    arguments = parser.parse_args()
    config = load_config(arguments.scale)
    papers = training_papers(arguments.data, config)
    with finish(Path(arguments.work) / "papers.jsonl") as partial:
        with open(partial, "w", encoding="utf-8") as stream:
            for paper in papers:
                kept = {name: paper[name] for name in FIELDS if paper.get(name)}
                stream.write(json.dumps(kept, ensure_ascii=False) + "\n")
    print(f"papers: {len(papers)} to train on")


if __name__ == "__main__":
    main()
