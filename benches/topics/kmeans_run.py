"""Runs k-means once on the vectors of a set, told the number of categories, and keeps the result.

    python kmeans_run.py --topics FOLDER --set NAME [--draw N]

A reference, not a rival: who knows the number of topics has most of the answer.
"""

import argparse
from pathlib import Path

import measured
from papers import read_set

STARTS = 10


def main():
    """Runs and keeps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    folder = options.topics / "results" / "kmeans" / options.set
    path = folder / f"seed-{options.draw}.json"
    if path.exists():
        return
    measured.limit_threads(options.threads)
    from sklearn.cluster import KMeans

    _, _, categories, vectors = read_set(options.topics / options.set)
    count = len(set(categories))
    clock = measured.Clock()
    model = KMeans(n_clusters=count, n_init=STARTS, random_state=options.draw)
    labels = model.fit_predict(vectors)
    cost = clock.read()
    measured.keep(
        path,
        {
            "method": f"k-means told k = {count}",
            "set": options.set,
            "kind": "seed",
            "draw": options.draw,
            "threads": options.threads,
            "papers": len(vectors),
            **cost,
            "peak_kib": measured.peak_memory_kib(),
            "rows": list(range(len(vectors))),
            "assignment": [int(label) for label in labels],
            "terms": [],
        },
    )


if __name__ == "__main__":
    main()
