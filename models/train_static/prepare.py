"""Stage 2: token ids and primary category of every training paper, pairs by shared authors."""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from corpus import load_config, training_papers

CHUNK = 20_000
NO_CATEGORY = ""  # conference papers carry no arXiv category


def encode(tokenizer, texts, max_tokens):
    """Token ids of each text, cut to `max_tokens`, as 16-bit arrays."""
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [np.array(encoding.ids[:max_tokens], dtype=np.uint16) for encoding in encodings]


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--config")
    arguments = parser.parse_args()
    config = load_config(arguments.config)
    settings = config["tokenizer"]
    tokenizer = Tokenizer.from_file(arguments.tokenizer)

    tokens, lengths, authors, topics, fields, chunk = [], [], [], [], [], []

    def flush():
        titles = encode(tokenizer, [title for title, _ in chunk], settings["max_title_tokens"])
        abstracts = encode(tokenizer, [text for _, text in chunk], settings["max_abstract_tokens"])
        for title, abstract in zip(titles, abstracts, strict=True):
            tokens.extend((title, abstract))
            lengths.append((len(title), len(abstract)))
        chunk.clear()

    for paper in training_papers(arguments.data, config):
        chunk.append((paper["title"], paper["abstract"]))
        authors.append({name.lower().strip() for name in paper.get("authors", [])} - {""})
        categories = paper.get("categories", [])
        topics.append(set(categories))
        fields.append(categories[0] if categories else NO_CATEGORY)
        if len(chunk) == CHUNK:
            flush()
    flush()

    pairs = author_pairs(authors, topics, config["pairs"], np.random.default_rng(config["seed"]))
    out = Path(arguments.out)
    partial = out.with_suffix(".partial.npz")
    np.savez(
        partial,
        tokens=np.concatenate(tokens),
        lengths=np.array(lengths, dtype=np.int32),
        pairs=pairs,
        fields=np.unique(fields, return_inverse=True)[1].astype(np.int32),
        vocabulary=np.array(tokenizer.get_vocab_size(), dtype=np.int32),
    )
    partial.rename(out)
    print(f"prepared: {len(lengths)} papers, {sum(map(len, tokens))} tokens, {len(pairs)} pairs")


if __name__ == "__main__":
    main()
