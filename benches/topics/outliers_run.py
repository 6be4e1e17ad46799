"""Gives the outliers of kept BERTopic runs to topics by its other strategies, and keeps the results.

    python outliers_run.py --topics FOLDER --set NAME

`bertopic_run.py` applies the default, `distributions`. Here the kept topics go back into BERTopic
as topics that are given, so that neither UMAP nor HDBSCAN runs again, and `reduce_outliers` is
called with `c-tf-idf` and with `embeddings`.
"""

import argparse
import json
from pathlib import Path

import measured
from papers import read_set

STRATEGIES = ("c-tf-idf", "embeddings")


def main():
    """Does what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    options = parser.parse_args()
    results = options.topics / "results"
    kept = sorted((results / "bertopic" / options.set).glob("seed-*.json"))
    missing = [
        path
        for path in kept
        if not all(
            (results / f"bertopic-{name}" / options.set / path.name).exists() for name in STRATEGIES
        )
    ]
    if not missing:
        return
    measured.limit_threads(2)
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    _, texts, _, vectors = read_set(options.topics / options.set)
    for path in missing:
        run = json.loads(path.read_text(encoding="utf-8"))
        model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
        topics, _ = model.fit_transform(texts, embeddings=vectors, y=run["assignment"])
        if list(topics) != run["assignment"]:
            raise SystemExit(f"outliers_run.py: BERTopic changed the topics of {path}")
        for name in STRATEGIES:
            given = {"embeddings": vectors} if name == "embeddings" else {}
            after = model.reduce_outliers(texts, topics, strategy=name, **given)
            result = {
                "method": f"BERTopic, `reduce_outliers` by {name}",
                "set": options.set,
                "kind": "seed",
                "draw": run["draw"],
                "rows": run["rows"],
                "assignment": [int(topic) for topic in after],
                "terms": run["terms"],
            }
            measured.keep(results / f"bertopic-{name}" / options.set / path.name, result)


if __name__ == "__main__":
    main()
