"""Reads the data folder: training corpora less everything that measures, in the order of a hash."""

import hashlib
import io
import json
import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path

import zstandard

HERE = Path(__file__).resolve().parent
# Papers come in the order that the topics protocol draws its largest set by, so that a recipe that
# reads the first ones reads those whose vectors may be at hand from measuring.
ORDER_PROTOCOL = "large"


def load_config(scale, path=HERE / "config.toml"):
    """The recipe's configuration at a scale: the common part, then what the scale replaces.

    Changes for an experiment follow the name: `cores,table.steps=400,table.loss.pair=0`.
    """
    with open(path, "rb") as stream:
        config = tomllib.load(stream)
    name, *changes = scale.split(",")
    scales = config.pop("scale")
    if name not in scales:
        raise SystemExit(f"scale `{name}` is not one of {', '.join(sorted(scales))} ({path})")
    merge(config, scales[name])
    for change in changes:
        merge(config, tomllib.loads(change))
    return config


def merge(config, changes):
    """Replaces values of `config` by those of `changes`, tables by their entries."""
    for key, value in changes.items():
        if isinstance(value, dict):
            merge(config.setdefault(key, {}), value)
        else:
            config[key] = value


def read_records(path):
    """Yields the JSON objects of a JSON Lines file, plain or `.zst`, in file order."""
    with open(path, "rb") as stream:
        if path.suffix == ".zst":
            stream = zstandard.ZstdDecompressor().stream_reader(stream)
        for line in io.TextIOWrapper(stream, encoding="utf-8"):
            yield json.loads(line)


def hash_key(protocol, paper_id, draw=0):
    """Place of a paper in the order of a protocol: hexadecimal SHA-256 of `protocol:draw:id`."""
    return hashlib.sha256(f"{protocol}:{draw}:{paper_id}".encode()).hexdigest()


def draw_sample(ids, protocol, count):
    """The first `count` ids in the order of the protocol."""
    return sorted(ids, key=lambda paper_id: hash_key(protocol, paper_id))[:count]


def normalised_title(title):
    """Letters and digits of a title, lower case, without accents: equal for equal titles."""
    plain = unicodedata.normalize("NFKD", title).lower()
    return re.sub(r"[^a-z0-9]+", "", plain)


def evaluation_papers(data):
    """Ids and normalised titles of all papers of the evaluation sets."""
    ids, titles = set(), set()
    for path in sorted((Path(data) / "eval").glob("*/*.jsonl.zst")):
        for record in read_records(path):
            if "title" not in record:
                continue
            ids.add(record.get("id"))
            titles.add(normalised_title(record["title"]))
    return ids - {None}, titles - {""}


def largest_categories(records, protocol, categories, each):
    """Ids of `each` papers of each of the largest primary categories."""
    groups = defaultdict(list)
    for record in records:
        groups[record["categories"][0]].append(record["id"])
    largest = sorted(sorted(groups), key=lambda name: -len(groups[name]))[:categories]
    return {paper for name in largest for paper in draw_sample(groups[name], protocol, each)}


def measured_ids(data):
    """Papers of the corpora that measure title to abstract and topics: never trained on."""
    corpus = Path(data) / "corpus"
    ids = set()
    recent = list(read_records(corpus / "arxiv-recent.jsonl.zst"))
    with_abstract = [record["id"] for record in recent if record.get("abstract")]
    ids.update(draw_sample(with_abstract, "title-to-abstract", 10_000))
    since = [r for r in recent if r.get("categories") and r.get("date", "") >= "2020"]
    ids.update(largest_categories(since, "recent", 20, 500))
    ids.update(draw_sample([record["id"] for record in since], "natural", 20_000))
    older = read_records(corpus / "arxiv-1993-2019.jsonl.zst")
    ids.update(largest_categories((r for r in older if r.get("categories")), "all-arxiv", 30, 300))
    return ids


def training_papers(data, config):
    """The papers to train on, each once, in the order of a hash of their ids."""
    if "file" in config["corpus"]:
        papers = list(read_records(Path(data) / config["corpus"]["file"]))
        excluded, titles = set(), set()
    else:
        excluded, titles = evaluation_papers(data)
        excluded |= measured_ids(data)
        papers = []
        for name in config["corpus"]["files"]:
            papers.extend(read_records(Path(data) / "corpus" / f"{name}.jsonl.zst"))
    kept = []
    for paper in papers:
        # A paper that two corpora have counts once.
        if paper["id"] in excluded or not paper.get("title") or not paper.get("abstract"):
            continue
        if normalised_title(paper["title"]) not in titles:
            kept.append((hash_key(ORDER_PROTOCOL, paper["id"]), paper))
            excluded.add(paper["id"])
    kept.sort(key=lambda entry: entry[0])
    return [paper for _, paper in kept]


def text_of(record):
    """The text an encoder is given for a paper: `title. abstract`, or the title alone."""
    if record.get("abstract"):
        return f"{record['title']}. {record['abstract']}"
    return record["title"]
