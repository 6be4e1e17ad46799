"""Runs HDBSCAN once on the vectors of a set, or on their UMAP, and keeps the result as JSON.

    python hdbscan_run.py --topics FOLDER --set NAME --on vectors|umap [--draw N]

Vectors are of length 1, so that Euclidean distances order pairs as cosines do. The UMAP has five
dimensions and BERTopic's settings; it is not timed.
"""

import argparse
from pathlib import Path

import measured
from papers import read_set

WARM_UP = 1_000


def main():
    """Runs and keeps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    parser.add_argument("--on", choices=["vectors", "umap"], required=True)
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    folder = options.topics / "results" / f"hdbscan-{options.on}" / options.set
    path = folder / f"seed-{options.draw}.json"
    if path.exists():
        return
    measured.limit_threads(options.threads)
    from hdbscan import HDBSCAN

    _, _, _, vectors = read_set(options.topics / options.set)
    if options.on == "umap":
        from bertopic_run import umap_of

        vectors = umap_of(options.draw).fit_transform(vectors)
    make = {"min_cluster_size": 10, "core_dist_n_jobs": options.threads}
    HDBSCAN(**make).fit(vectors[:: max(1, len(vectors) // WARM_UP)])
    clock = measured.Clock()
    labels = HDBSCAN(**make).fit_predict(vectors)
    cost = clock.read()
    measured.keep(
        path,
        {
            "method": f"HDBSCAN on {'vectors' if options.on == 'vectors' else '5-d UMAP'}",
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
