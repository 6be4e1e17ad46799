"""The papers of a set, as `quality --task topic-sets` left them, and the orders they are given in."""

import hashlib
import json

import numpy


def read_set(folder):
    """Ids, texts `title. abstract`, categories and vectors `[papers, dimension]` of a set."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with (folder / "papers.jsonl").open(encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    vectors = numpy.fromfile(folder / "vectors.f32", dtype="<f4")
    vectors = vectors.reshape(meta["papers"], meta["dimension"])
    if len(papers) != len(vectors):
        raise SystemExit(f"{folder}: {len(vectors)} vectors, {len(papers)} papers")
    ids = [paper["id"] for paper in papers]
    texts = [f"{paper['title']}. {paper['abstract']}" for paper in papers]
    return ids, texts, [paper["category"] for paper in papers], vectors


def drawn(protocol, draw, ids):
    """Rows in the order of the SHA-256 of `protocol:draw:id`."""
    keys = [hashlib.sha256(f"{protocol}:{draw}:{name}".encode()).hexdigest() for name in ids]
    return sorted(range(len(ids)), key=keys.__getitem__)


def rows_of(kind, draw, name, ids):
    """The rows of a run, in the order in which a method gets them.

    `seed` gives all rows as they lie, `order` all rows shuffled, `part` nine tenths of them.
    """
    if kind == "order":
        return drawn(f"{name}-order", draw, ids)
    if kind == "part":
        return sorted(drawn(f"{name}-part", draw, ids)[: len(ids) * 9 // 10])
    return list(range(len(ids)))


def in_row_order(rows, values):
    """Rows ascending, and the value of each."""
    pairs = sorted(zip(rows, values, strict=True))
    return [row for row, _ in pairs], [int(value) for _, value in pairs]
