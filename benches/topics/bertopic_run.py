"""Runs BERTopic once at its defaults on given vectors and texts, and keeps the result as JSON.

    python bertopic_run.py --topics FOLDER --set NAME --kind seed|order|part|speed --draw N

`seed` with draw 0 to 4 sets UMAP's `random_state`, which allows it one thread; `order` and `part`
use state 0 on shuffled papers and on nine tenths of them; `speed` sets no state and two threads, as
fast as it goes. A small run comes first, so that no compilation is timed.
"""

import argparse
from pathlib import Path

import measured
from papers import in_row_order, read_set, rows_of

# Above 4,096 papers UMAP searches neighbours by other code, which is to be compiled too.
WARM_UP = 5_000


def parse():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    parser.add_argument("--kind", choices=["seed", "order", "part", "speed"], required=True)
    parser.add_argument("--draw", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-reduction", action="store_true", help="leave `reduce_outliers` out")
    return parser.parse_args()


def make_timed(stages):
    """BERTopic that notes what its parts cost."""
    from bertopic import BERTopic

    def timed(name, function):
        def run(*arguments, **named):
            clock = measured.Clock()
            value = function(*arguments, **named)
            stages[name] = clock.read()
            return value

        return run

    class Timed(BERTopic):
        """The same, with a clock around each part."""

        def __init__(self, **named):
            super().__init__(**named)
            self._reduce_dimensionality = timed("umap", self._reduce_dimensionality)
            self._cluster_embeddings = timed("hdbscan", self._cluster_embeddings)
            self._extract_topics = timed("c-tf-idf", self._extract_topics)
            self._save_representative_docs = timed("papers", self._save_representative_docs)

    return Timed


def umap_of(state):
    """BERTopic's own UMAP, with a state where one is wanted."""
    from umap import UMAP

    return UMAP(
        n_neighbors=15,
        n_components=5,
        min_dist=0.0,
        metric="cosine",
        low_memory=False,
        random_state=state,
    )


def reduced(model, texts, topics):
    """Topics after `reduce_outliers` at its default strategy, `distributions`, and its cost."""
    if -1 not in topics:
        return topics, {"wall_s": 0.0, "cpu_s": 0.0}
    clock = measured.Clock()
    return model.reduce_outliers(texts, topics), clock.read()


def main():
    """Runs and keeps."""
    options = parse()
    result = options.topics / "results" / "bertopic" / options.set
    path = result / f"{options.kind}-{options.draw}.json"
    if path.exists():
        return
    measured.limit_threads(options.threads)
    ids, texts, _, vectors = read_set(options.topics / options.set)
    rows = rows_of(options.kind, options.draw, options.set, ids)
    texts, vectors = [texts[row] for row in rows], vectors[rows]
    state = {"seed": options.draw, "speed": None}.get(options.kind, 0)
    stages = {}
    timed = make_timed(stages)
    count = min(WARM_UP, len(texts))
    few = [place * len(texts) // count for place in range(count)]
    few_texts = [texts[row] for row in few]
    warm = timed(umap_model=umap_of(state))
    warm_topics, _ = warm.fit_transform(few_texts, embeddings=vectors[few])
    if not options.no_reduction:
        reduced(warm, few_texts, warm_topics)
    before_kib = measured.peak_memory_kib()
    stages.clear()
    model = timed(umap_model=umap_of(state))
    clock = measured.Clock()
    topics, _ = model.fit_transform(texts, embeddings=vectors)
    cost = clock.read()
    peak = measured.peak_memory_kib()
    found = {
        "method": "BERTopic",
        "set": options.set,
        "kind": options.kind,
        "draw": options.draw,
        "threads": options.threads,
        "papers": len(texts),
        **cost,
        "stages": stages,
        "peak_kib": peak,
        "peak_before_kib": before_kib,
    }
    words = model.get_topics()
    found["terms"] = [[word for word, _ in words[topic]] for topic in sorted(words) if topic >= 0]
    found["rows"], found["assignment"] = in_row_order(rows, topics)
    if not options.no_reduction:
        after, found["reduction"] = reduced(model, texts, topics)
        _, found["reduced"] = in_row_order(rows, after)
    measured.keep(path, found)


if __name__ == "__main__":
    main()
