"""What the stages share: files that appear whole, and the list of papers."""

import json
from contextlib import contextmanager

VIEWS = ("titles", "segments", "documents", "terms")


@contextmanager
def finish(path):
    """A path to write to that takes the name `path` when all is written."""
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    yield partial
    partial.rename(path)


def read_papers(work):
    """Yields the training papers in their order."""
    with open(work / "papers.jsonl", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
