"""Measures an encoder on the protocols of the data directory; prints one JSON line per protocol.

    python evaluate.py --data DIR --model FOLDER [--dimension N] [--protocols a,b] [--users N]

FOLDER is any sentence-transformers folder. `--dimension` cuts Matryoshka vectors.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from corpus import draw_sample, held_out_ids, load_config, read_records, text_of

BOOTSTRAPS = 1000
BACKGROUND = 3000


def unit(vectors):
    """Rows scaled to length one; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-12)).astype(np.float32)


def discounted_gain(gains):
    """Gains over the binary logarithm of rank plus one, summed."""
    return float(np.sum(np.asarray(gains) / np.log2(np.arange(len(gains)) + 2)))


def ndcg(ranked_relevant, relevant_count, cutoff):
    """nDCG of binary relevance along a ranking, with the ideal ranking of `relevant_count`."""
    ideal = discounted_gain(np.ones(min(relevant_count, cutoff)))
    return discounted_gain(ranked_relevant[:cutoff]) / ideal


def top(scores, count):
    """Positions of the `count` largest scores, largest first, ties by position."""
    chosen = np.argpartition(-scores, count - 1)[:count] if count < len(scores) else None
    chosen = np.sort(chosen) if chosen is not None else np.arange(len(scores))
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def interval(values, seed):
    """Mean and bootstrap 95 % interval in percent."""
    values = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    means = [generator.choice(values, len(values)).mean() for _ in range(BOOTSTRAPS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return [round(100 * float(x), 2) for x in (values.mean(), low, high)]


def citations(data, encode, _options):
    """Linked papers among all others by cosine."""
    papers = list(read_records(data / "eval/citeulike/papers.jsonl.zst"))
    row_of = {paper["id"]: row for row, paper in enumerate(papers)}
    vectors = unit(encode([text_of(paper) for paper in papers]))
    records = read_records(data / "eval/citeulike/links.jsonl.zst")
    links = {record["id"]: record["linked"] for record in records}
    queries = draw_sample([paper for paper, linked in links.items() if linked], "citations", 2000)
    gains, recalls = [], []
    for query in queries:
        scores = vectors @ vectors[row_of[query]]
        scores[row_of[query]] = -np.inf
        relevant = {row_of[paper] for paper in links[query]}
        hits = [float(row in relevant) for row in top(scores, 20)]
        gains.append(ndcg(hits, len(relevant), 10))
        recalls.append(sum(hits) / len(relevant))
    return {"ndcg@10": gains, "recall@20": recalls}


def claims(data, encode, _options):
    """Abstracts that bear on a scientific claim."""
    papers = list(read_records(data / "eval/claims/papers.jsonl.zst"))
    queries = list(read_records(data / "eval/claims/queries.jsonl.zst"))
    row_of = {paper["id"]: row for row, paper in enumerate(papers)}
    vectors = unit(encode([text_of(paper) for paper in papers]))
    asked = unit(encode([query["query"] for query in queries]))
    gains, recalls = [], []
    for query, vector in zip(queries, asked, strict=True):
        relevant = {row_of[paper] for paper in query["relevant"]}
        hits = [float(row in relevant) for row in top(vectors @ vector, 10)]
        gains.append(ndcg(hits, len(relevant), 10))
        recalls.append(sum(hits) / len(relevant))
    return {"ndcg@10": gains, "recall@10": recalls}


def title_to_abstract(data, encode, _options):
    """A paper's own abstract among the held-out papers' abstracts, by its title."""
    config = load_config()
    chosen = set(held_out_ids(data, config))
    path = data / "corpus" / f"{config['corpus']['held_out_file']}.jsonl.zst"
    papers = [paper for paper in read_records(path) if paper["id"] in chosen]
    titles = unit(encode([paper["title"] for paper in papers]))
    abstracts = unit(encode([paper["abstract"] for paper in papers]))
    reciprocal = []
    for start in range(0, len(papers), 1000):
        scores = titles[start : start + 1000] @ abstracts.T
        own = scores[np.arange(len(scores)), np.arange(start, start + len(scores))]
        rank = 1 + (scores > own[:, None]).sum(axis=1)
        reciprocal.extend(np.where(rank <= 10, 1 / rank, 0.0))
    return {"mrr@10": reciprocal}


def rank_arrivals(vectors, library, background, arriving):
    """Scores of every arriving vector under each way to use a library."""
    cosine = arriving @ vectors[library].T
    strongest = -np.partition(-cosine, min(2, len(library) - 1), axis=1)[:, :3]
    rows = np.concatenate([library, background])
    labels = np.concatenate([np.ones(len(library)), np.zeros(len(background))])
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=300)
    model.fit(vectors[rows], labels)
    return {
        "mean": cosine.mean(axis=1),
        "top3": strongest.mean(axis=1),
        "logistic": model.decision_function(arriving),
    }


def rank_users(vectors, cases, known_rows, arriving_rows):
    """Metrics over users; a case is the rows of a library and the relevant arrivals' places."""
    generator = np.random.default_rng(0)
    arriving = vectors[arriving_rows]
    results = {}
    for library, relevant in cases:
        pool = np.setdiff1d(known_rows, library)
        background = generator.choice(pool, BACKGROUND, replace=False)
        scores = rank_arrivals(vectors, np.array(library), background, arriving)
        for name, values in scores.items():
            hits = [float(place in relevant) for place in top(values, 50)]
            results.setdefault(f"{name} ndcg@20", []).append(ndcg(hits, len(relevant), 20))
            results.setdefault(f"{name} recall@50", []).append(sum(hits) / len(relevant))
    return results


def arrivals(data, encode, options):
    """Users' saved papers among the fifth of the papers that counts as new."""
    papers = list(read_records(data / "eval/citeulike/papers.jsonl.zst"))
    ids = [paper["id"] for paper in papers]
    row_of = {paper_id: row for row, paper_id in enumerate(ids)}
    vectors = unit(encode([text_of(paper) for paper in papers]))
    arriving = draw_sample(ids, "arrivals", len(ids) // 5)
    arriving_rows = np.array([row_of[paper] for paper in arriving])
    position = {row: place for place, row in enumerate(arriving_rows)}
    libraries = {}
    for record in read_records(data / "eval/citeulike/libraries.jsonl.zst"):
        rows = [row_of[paper] for paper in record["papers"]]
        known = [row for row in rows if row not in position]
        if len(known) >= 5 and len(rows) - len(known) >= 2:
            libraries[record["user"]] = (known, {position[row] for row in rows if row in position})
    users = draw_sample(libraries, "arrivals", options.users)
    known_rows = np.array(sorted(set(range(len(ids))) - set(position)))
    cases = [libraries[user] for user in users]
    return rank_users(vectors, cases, known_rows, arriving_rows)


def authors(data, encode, options):
    """Researchers' later papers among all arrivals of half a year."""
    folder = data / "eval/authors"
    known = list(read_records(folder / "known.jsonl.zst"))
    arriving = list(read_records(folder / "arrivals.jsonl.zst"))
    row_of = {paper["id"]: row for row, paper in enumerate(known + arriving)}
    vectors = unit(encode([text_of(paper) for paper in known + arriving]))
    profiles = {record["user"]: record for record in read_records(folder / "profiles.jsonl.zst")}
    cases = []
    for user in draw_sample(profiles, "arrivals", options.users):
        relevant = {row_of[paper] - len(known) for paper in profiles[user]["positives"]}
        cases.append(([row_of[paper] for paper in profiles[user]["seeds"]], relevant))
    known_rows = np.arange(len(known))
    return rank_users(vectors, cases, known_rows, np.arange(len(known), len(row_of)))


PROTOCOLS = {
    "citations": citations,
    "claims": claims,
    "title-to-abstract": title_to_abstract,
    "arrivals": arrivals,
    "authors": authors,
}


def folder_encoder(folder, dimension):
    """Encodes with the sentence-transformers class, weights widened to 32 bits."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu").float()

    def encode(texts):
        vectors = model.encode(texts, batch_size=64, show_progress_bar=False)
        return vectors[:, :dimension] if dimension else vectors

    return encode


def evaluate(data, encode, names, options):
    """Runs the named protocols; yields (protocol, {metric: [mean, low, high]}) as each is done."""
    for name in names:
        started = time.process_time()
        values = PROTOCOLS[name](Path(data), encode, options)
        report = {metric: interval(numbers, 0) for metric, numbers in values.items()}
        report["queries"] = len(next(iter(values.values())))
        report["cpu_s"] = round(time.process_time() - started, 1)
        yield name, report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--dimension", type=int)
    parser.add_argument("--protocols", default=",".join(PROTOCOLS))
    parser.add_argument("--users", type=int, default=400)
    arguments = parser.parse_args()
    encode = folder_encoder(arguments.model, arguments.dimension)
    names = arguments.protocols.split(",")
    for name, metrics in evaluate(arguments.data, encode, names, arguments):
        print(json.dumps({"protocol": name, **metrics}), flush=True)


if __name__ == "__main__":
    main()
