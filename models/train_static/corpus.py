"""Reads the data directory: training corpora, held-out papers, samples by hash."""

import hashlib
import io
import json
import tomllib
from pathlib import Path

import zstandard

HERE = Path(__file__).resolve().parent


def load_config(path=None):
    """The recipe's configuration as nested dictionaries."""
    with open(path or HERE / "config.toml", "rb") as stream:
        return tomllib.load(stream)


def read_records(path):
    """Yields the JSON objects of a zstd-compressed JSON Lines file in file order."""
    with open(path, "rb") as stream:
        reader = zstandard.ZstdDecompressor().stream_reader(stream)
        for line in io.TextIOWrapper(reader, encoding="utf-8"):
            yield json.loads(line)


def draw_sample(ids, protocol, count, draw=0):
    """The first `count` ids by hexadecimal SHA-256 of `<protocol>:<draw>:<id>`."""

    def key(paper_id):
        return hashlib.sha256(f"{protocol}:{draw}:{paper_id}".encode()).hexdigest()

    return sorted(ids, key=key)[:count]


def held_out_ids(data, config):
    """Papers that measure title-to-abstract and therefore stay out of training."""
    corpus = config["corpus"]
    path = Path(data) / "corpus" / f"{corpus['held_out_file']}.jsonl.zst"
    ids = [record["id"] for record in read_records(path) if record["abstract"]]
    return draw_sample(ids, corpus["held_out_protocol"], corpus["held_out_papers"])


def evaluation_ids(data):
    """Every paper id of the evaluation sets."""
    ids = set()
    for path in sorted((Path(data) / "eval").glob("*/*.jsonl.zst")):
        for record in read_records(path):
            if "title" in record:
                ids.add(record["id"])
    return ids


def training_papers(data, config):
    """Yields the papers to train on: all corpora less held-out and evaluation papers."""
    excluded = set(held_out_ids(data, config)) | evaluation_ids(data)
    for name in config["corpus"]["files"]:
        for record in read_records(Path(data) / "corpus" / f"{name}.jsonl.zst"):
            if record["id"] not in excluded and record["title"] and record["abstract"]:
                yield record


def text_of(record):
    """The text an encoder is given for a paper: `title. abstract`, or the title alone."""
    if record.get("abstract"):
        return f"{record['title']}. {record['abstract']}"
    return record["title"]
