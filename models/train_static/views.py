"""Draws batches of positive pairs, each side a bag of tokens as a sparse row."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Bags:
    """Texts as rows of a compressed sparse matrix `[texts, vocabulary]` of mean weights."""

    starts: np.ndarray
    tokens: np.ndarray
    weights: np.ndarray


class Corpus:
    """The prepared corpus: token ids of title and abstract of every paper, one after the other."""

    def __init__(self, path):
        with np.load(path) as arrays:
            self.tokens = arrays["tokens"].astype(np.int32)
            self.lengths = arrays["lengths"].astype(np.int64)
            self.pairs = arrays["pairs"].astype(np.int64)
            self.fields = arrays["fields"].astype(np.int64)
            self.vocabulary = int(arrays["vocabulary"])
        ends = np.cumsum(self.lengths.sum(axis=1))
        self.title = ends - self.lengths.sum(axis=1)
        self.abstract = self.title + self.lengths[:, 0]
        self.end = ends
        # A view needs words on both sides: papers with a very short abstract are left out.
        self.usable = np.flatnonzero((self.lengths[:, 0] >= 2) & (self.lengths[:, 1] >= 24))


class Sampler:
    """Batches of positive pairs; the batch of a step depends on seed and step alone."""

    def __init__(self, corpus, settings, seed):
        self.corpus = corpus
        self.settings = settings
        self.seed = seed
        self.kinds = sorted(settings["views"])
        shares = np.array([settings["views"][kind] for kind in self.kinds])
        self.shares = shares / shares.sum()

    def batch(self, step):
        """The kind of the step's pairs, and both sides as `Bags`."""
        generator = np.random.default_rng([self.seed, step])
        kind = self.kinds[generator.choice(len(self.kinds), p=self.shares)]
        if kind == "authors":
            left, right = self.author_views(generator)
        else:
            papers = self.papers(generator)
            left, right = getattr(self, f"{kind}_views")(papers, generator)
        return kind, self.bags(left, generator), self.bags(right, generator)

    def papers(self, generator):
        """Papers of a batch: of the whole corpus, or of neighbouring fields for hard negatives."""
        size, negatives = self.settings["batch"], self.settings["negatives"]
        usable = self.corpus.usable
        if generator.random() >= negatives["hard"]:
            return generator.choice(usable, size, replace=False)
        batches = negatives["fields_batches"]
        drawn = generator.choice(usable, size * batches, replace=False)
        # Fields in random order, one run of them per batch.
        order = generator.permutation(self.corpus.fields.max() + 1)[self.corpus.fields[drawn]]
        first = size * generator.integers(batches)
        return drawn[np.argsort(order, kind="stable")][first : first + size]

    def title_abstract_views(self, papers, _generator):
        corpus = self.corpus
        left = [(corpus.title[papers], corpus.abstract[papers])]
        return left, [(corpus.abstract[papers], corpus.end[papers])]

    def halves_views(self, papers, generator):
        """A cut in the middle of the abstract; the first side keeps the title half of the time."""
        corpus = self.corpus
        share = generator.uniform(0.3, 0.7, len(papers))
        cut = corpus.abstract[papers] + (share * corpus.lengths[papers, 1]).astype(np.int64)
        with_title = generator.random(len(papers)) < 0.5
        start = np.where(with_title, corpus.title[papers], corpus.abstract[papers])
        return [(start, cut)], [(cut, corpus.end[papers])]

    def span_views(self, papers, generator):
        """A few words of the abstract against all the rest of the paper."""
        corpus = self.corpus
        length = generator.integers(6, 25, len(papers))
        room = corpus.lengths[papers, 1] - length + 1
        start = corpus.abstract[papers] + (generator.random(len(papers)) * room.clip(1)).astype(int)
        end = np.minimum(start + length, corpus.end[papers])
        return [(start, end)], [(corpus.title[papers], start), (end, corpus.end[papers])]

    def author_views(self, generator):
        """Two papers by the same authors, each as its title or in full."""
        corpus = self.corpus
        pairs = corpus.pairs[
            generator.choice(len(corpus.pairs), self.settings["batch"], replace=False)
        ]
        sides = []
        for papers in (pairs[:, 0], pairs[:, 1]):
            titles = generator.random(len(papers)) < 0.5
            end = np.where(titles, corpus.abstract[papers], corpus.end[papers])
            sides.append([(corpus.title[papers], end)])
        return sides

    def bags(self, segments, generator):
        """Bags of the given `(start, end)` segments per text, some tokens dropped."""
        starts = np.stack([start for start, _ in segments], axis=1)
        lengths = np.stack([end for _, end in segments], axis=1) - starts
        flat = lengths.ravel()
        offsets = np.cumsum(flat) - flat
        at = np.arange(flat.sum()) + np.repeat(starts.ravel() - offsets, flat)
        rows = np.repeat(np.arange(len(lengths)), lengths.sum(axis=1))
        kept = generator.random(len(at)) >= self.settings["token_dropout"]
        kept[np.unique(rows, return_index=True)[1]] = True
        counts = np.bincount(rows[kept], minlength=len(lengths))
        return Bags(
            starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            tokens=self.corpus.tokens[at[kept]],
            weights=np.repeat(1.0 / np.maximum(counts, 1), counts).astype(np.float32),
        )
