"""Runs BERTopic at its defaults on given vectors and texts, and keeps each result as JSON.

    python bertopic_run.py --topics FOLDER --set NAME --runs seed-0,seed-1,order-0,part-0,speed-0

`seed-N` sets UMAP's `random_state`, which allows it one thread; `order-N` and `part-N` use state 0
on shuffled papers and on nine tenths of them; `speed-N` sets no state and uses all threads, as fast
as it goes. A small run comes first, so that no compilation is timed. Peak memory is that of the
process so far: give a run that it is wanted of a process of its own.
"""

import argparse
from pathlib import Path

import measured
from papers import in_row_order, read_set, rows_of

# Above 4,096 papers UMAP searches neighbours by other code, which is to be compiled too.
WARM_UP = 5_000


def runs(text):
    """Kinds and draws of runs, as `seed-0,order-3`."""
    found = []
    for name in text.split(","):
        kind, draw = name.split("-")
        if kind not in ("seed", "order", "part", "speed"):
            raise argparse.ArgumentTypeError(f"no such run: `{name}`")
        found.append((kind, int(draw)))
    return found


def parse():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--set", required=True)
    parser.add_argument("--runs", type=runs, required=True)
    parser.add_argument("--threads", type=int, default=2)
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


def run_once(options, path, run, papers):
    """Runs on the rows that the run calls for, and keeps the result."""
    kind, draw = run
    ids, texts, _, vectors = papers
    rows = rows_of(kind, draw, options.set, ids)
    texts, vectors = [texts[row] for row in rows], vectors[rows]
    stages = {}
    model = make_timed(stages)(umap_model=umap_of(state_of(run)))
    clock = measured.Clock()
    topics, _ = model.fit_transform(texts, embeddings=vectors)
    found = {
        "method": "BERTopic",
        "set": options.set,
        "kind": kind,
        "draw": draw,
        "threads": options.threads,
        "papers": len(texts),
        **clock.read(),
        "stages": stages,
        "peak_kib": measured.peak_memory_kib(),
    }
    words = model.get_topics()
    found["terms"] = [[word for word, _ in words[topic]] for topic in sorted(words) if topic >= 0]
    found["rows"], found["assignment"] = in_row_order(rows, topics)
    if kind == "seed":
        after, found["reduction"] = reduced(model, texts, topics)
        _, found["reduced"] = in_row_order(rows, after)
    measured.keep(path, found)


def state_of(run):
    """UMAP's random state in this run."""
    kind, draw = run
    return {"seed": draw, "speed": None}.get(kind, 0)


def warm_up(run, papers):
    """Compiles what is compiled at first use, on a part of the papers."""
    _, texts, _, vectors = papers
    count = min(WARM_UP, len(texts))
    few = [place * len(texts) // count for place in range(count)]
    few_texts = [texts[row] for row in few]
    model = make_timed({})(umap_model=umap_of(state_of(run)))
    topics, _ = model.fit_transform(few_texts, embeddings=vectors[few])
    if run[0] == "seed":
        reduced(model, few_texts, topics)


def main():
    """Does the runs whose results are missing."""
    options = parse()
    folder = options.topics / "results" / "bertopic" / options.set
    missing = []
    for run in options.runs:
        path = folder / f"{run[0]}-{run[1]}.json"
        if not path.exists():
            missing.append((run, path))
    if not missing:
        return
    measured.limit_threads(options.threads)
    papers = read_set(options.topics / options.set)
    warm_up(missing[0][0], papers)
    for run, path in missing:
        run_once(options, path, run, papers)


if __name__ == "__main__":
    main()
