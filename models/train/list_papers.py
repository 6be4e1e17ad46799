"""Stage 1: the papers to train on, one JSON object a line, in the order of a hash of their ids."""

import json

from corpus import training_papers
from stages import command_line, finish

FIELDS = ("id", "title", "abstract", "categories", "authors", "venue", "keywords")


def main():
    arguments, config = command_line(__doc__, ("--data", {"required": True}))
    papers = training_papers(arguments.data, config)
    with finish(arguments.work / "papers.jsonl") as partial:
        with open(partial, "w", encoding="utf-8") as stream:
            for paper in papers:
                kept = {name: paper[name] for name in FIELDS if paper.get(name)}
                stream.write(json.dumps(kept, ensure_ascii=False) + "\n")
    print(f"papers: {len(papers)} to train on")


if __name__ == "__main__":
    main()
