"""Lays a set out in two dimensions with umap-learn and keeps positions and cost.

    python umap_run.py --topics FOLDER --set NAME [--draw N | --speed]

Defaults but for the metric: 15 neighbours, minimal distance 0.1, cosine. With a draw the layout is
seeded, which allows umap-learn one thread; `--speed` sets no state and two threads. Writes
`layout.f32` (`[papers, 2]`, row-major, little-endian) beside the JSON.
"""

import argparse
from pathlib import Path

import measured
from papers import read_set

WARM_UP = 5_000


def main():
    """Runs and keeps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--speed", action="store_true", help="no state, all threads")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    kind = "speed" if options.speed else "seed"
    folder = options.topics / "results" / "umap-learn" / options.set / f"{kind}-{options.draw}"
    path = folder.with_suffix(".json")
    if path.exists():
        return
    measured.limit_threads(options.threads)
    from umap import UMAP

    _, _, _, vectors = read_set(options.topics / options.set)
    state = None if options.speed else options.draw
    # Above 4,096 rows umap-learn searches neighbours by other code, which is compiled here.
    UMAP(metric="cosine", random_state=state).fit(vectors[:WARM_UP])
    before = measured.peak_memory_kib()
    clock = measured.Clock()
    layout = UMAP(metric="cosine", random_state=state).fit_transform(vectors)
    cost = clock.read()
    peak = measured.peak_memory_kib()
    folder.mkdir(parents=True, exist_ok=True)
    layout.astype("<f4").tofile(folder / "layout.f32")
    measured.keep(
        path,
        {
            "method": "umap-learn",
            "set": options.set,
            "kind": kind,
            "draw": options.draw,
            "threads": options.threads,
            "papers": len(vectors),
            **cost,
            "peak_kib": peak,
            "peak_before_kib": before,
        },
    )


if __name__ == "__main__":
    main()
