"""Stage 5: token ids of all texts, labels of papers, pairs of papers by shared authors."""

from collections import Counter, defaultdict
from itertools import islice

import numpy as np
from tokenizers import Tokenizer

from stages import VIEWS, command_line, finish, read_papers

CHUNK = 20_000


def encode_file(path, tokenizer, max_tokens):
    """Token ids of all lines one after the other, and where each line starts, `[lines + 1]`."""
    tokens, lengths = [], []
    with open(path, encoding="utf-8") as stream:
        while lines := [line.rstrip("\n") for line in islice(stream, CHUNK)]:
            for encoding in tokenizer.encode_batch_fast(lines, add_special_tokens=False):
                ids = encoding.ids[:max_tokens]
                tokens.append(np.array(ids, dtype=np.uint16))
                lengths.append(len(ids))
    return np.concatenate(tokens), np.concatenate([[0], np.cumsum(lengths)])


def author_pairs(authors, topics, settings, generator):
    """Pairs of paper numbers that share a rare author name and a topic, each once, sorted.

    `authors` and `topics` hold a set of strings per paper; a paper without topics pairs with
    any paper of the same author.
    """
    papers_of = defaultdict(list)
    for paper, names in enumerate(authors):
        for name in sorted(names):
            papers_of[name].append(paper)
    partners = defaultdict(set)
    for name in sorted(papers_of):
        papers = papers_of[name]
        if not 2 <= len(papers) <= settings["max_papers_per_author"]:
            continue
        for paper in papers:
            for other in papers:
                related = not topics[paper] or not topics[other] or topics[paper] & topics[other]
                if other != paper and related:
                    partners[paper].add(other)
    pairs = set()
    for paper in sorted(partners):
        others = sorted(partners[paper])
        count = min(settings["pairs_per_paper"], len(others))
        for other in generator.choice(others, size=count, replace=False):
            pairs.add((min(paper, int(other)), max(paper, int(other))))
    return np.array(sorted(pairs), dtype=np.int32).reshape(-1, 2)


def label_numbers(names, min_papers):
    """Labels that enough papers have, as numbers per paper: flat, starts, and their names."""
    counts = Counter(name for paper in names for name in paper)
    kept = sorted(name for name, count in counts.items() if count >= min_papers)
    number = {name: place for place, name in enumerate(kept)}
    rows = [[number[name] for name in sorted(paper) if name in number] for paper in names]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return np.array([n for row in rows for n in row], dtype=np.int32), starts, kept


def main():
    arguments, config = command_line(__doc__)
    work = arguments.work
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    max_tokens = config["model"]["positions"] - 2
    arrays = {"vocabulary": tokenizer.get_vocab_size()}
    for view in VIEWS:
        encoded = encode_file(work / f"{view}.txt", tokenizer, max_tokens)
        arrays[f"{view}_tokens"], arrays[f"{view}_starts"] = encoded
        print(f"tokens: {len(encoded[0])} of {view}", flush=True)
    authors, topics, labels = [], [], []
    for paper in read_papers(work):
        authors.append({name.lower().strip() for name in paper.get("authors", [])} - {""})
        topics.append(set(paper.get("categories", [])))
        words = {f"keyword:{word.lower().strip()}" for word in paper.get("keywords", [])}
        labels.append(topics[-1] | words)
    settings = config["pairs"]
    generator = np.random.default_rng(config["seed"])
    arrays["pairs"] = author_pairs(authors, topics, settings, generator)
    arrays["labels"], arrays["label_starts"], names = label_numbers(
        labels, settings["min_papers_per_label"]
    )
    with finish(work / "encoded.npz") as partial:
        np.savez(partial, **arrays)
    print(f"encoded: {len(authors)} papers, {len(arrays['pairs'])} pairs, {len(names)} labels")


if __name__ == "__main__":
    main()
