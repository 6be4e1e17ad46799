"""What the stages share: their command line, files that appear whole, the list of papers."""

import argparse
import json
from contextlib import contextmanager
from pathlib import Path

from corpus import load_config

VIEWS = ("titles", "segments", "documents", "terms")


def command_line(document, *more):
    """A stage's arguments and the configuration of its scale.

    `document` is the stage's own documentation, whose first line is shown as help; `more` holds
    names and settings of arguments beyond `--work` and `--scale`.
    """
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument("--work", required=True, type=Path, help="folder of what stages leave")
    parser.add_argument("--scale", required=True, help="a scale of config.toml")
    for name, settings in more:
        parser.add_argument(name, **settings)
    arguments = parser.parse_args()
    return arguments, load_config(arguments.scale)


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
