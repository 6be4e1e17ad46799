"""Draws batches of positive pairs: two texts each, with the teacher's vectors of both."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from stages import VIEWS


@dataclass
class Texts:
    """Token ids of texts one after the other (`starts` has one more entry than there are texts)."""

    tokens: np.ndarray
    starts: np.ndarray

    def lengths(self):
        return np.diff(self.starts)


@dataclass
class Batch:
    """Pairs of texts: first all left sides, then all right sides.

    `teacher` holds the teacher's vectors `[texts, width]`, `lexical` the cosines of the texts' bags
    of tokens weighted by tf-idf, `[texts, texts]`; `told` says which texts the teacher read as they
    are here, without strange words; `paired` whether left and right sides belong together.
    """

    kind: str
    texts: Texts
    papers: np.ndarray
    teacher: np.ndarray
    lexical: np.ndarray
    told: np.ndarray
    paired: bool


def gather(tokens, starts, rows):
    """Token ids of the texts `rows` of a file, one after the other, and their lengths."""
    first = starts[rows]
    lengths = starts[rows + 1] - first
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    at = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], lengths)
    return tokens[at], lengths


def vector_rows(path, width):
    """The whole rows of a file of 32-bit floats, `[rows, width]`."""
    count = path.stat().st_size // (4 * width)
    return np.memmap(path, dtype="<f4", mode="r", shape=(count, width))


def short_pieces(path, most=5):
    """Ids of pieces of letters, two to `most`: those that begin a word, those that go on with one."""
    vocabulary = Tokenizer.from_file(str(path)).get_vocab()
    sides = ([], [])
    for piece, number in sorted(vocabulary.items()):
        letters = piece.removeprefix("##")
        if 2 <= len(letters) <= most and letters.isalpha():
            sides[piece.startswith("##")].append(number)
    return tuple(np.array(side, dtype=np.int64) for side in sides)


def inverse_frequencies(tokens, starts):
    """log(texts / texts that have the token) of each token id, `[65536]`; unseen ones as seen once."""
    texts = np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))
    pairs = np.unique(texts << 16 | tokens)
    counts = np.bincount(pairs & 0xFFFF, minlength=1 << 16)
    return np.log((len(starts) - 1) / np.maximum(counts, 1))


def put_for(tokens, old, word):
    """The tokens with the pieces `word` in the place of each `old`."""
    at = np.flatnonzero(tokens == old)
    parts = np.split(tokens, at)
    return np.concatenate([parts[0], *(piece for p in parts[1:] for piece in (word, p[1:]))])


class Corpus:
    """Encoded texts and the teacher's vectors of them, in the order of the papers."""

    def __init__(self, work, width):
        with np.load(work / "encoded.npz") as arrays:
            self.tokens = {view: arrays[f"{view}_tokens"] for view in VIEWS}
            self.starts = {view: arrays[f"{view}_starts"] for view in VIEWS}
            self.pairs = arrays["pairs"].astype(np.int64)
            self.labels, self.label_starts = arrays["labels"], arrays["label_starts"]
            self.vocabulary = int(arrays["vocabulary"])
        self.teacher = {view: vector_rows(work / f"{view}.f32", width) for view in VIEWS}
        self.papers = len(self.starts["titles"]) - 1
        self.label_count = int(self.labels.max()) + 1 if len(self.labels) else 0
        lengths = {view: np.diff(starts) for view, starts in self.starts.items()}
        self.longest = max(own.max() for own in lengths.values())
        usable = (lengths["titles"] >= 2) & (lengths["segments"] >= 4)
        usable[min(len(self.teacher["titles"]), len(self.teacher["segments"])) :] = False
        self.usable = np.flatnonzero(usable)
        self.documents = self.usable[self.usable < len(self.teacher["documents"])]
        self.pairs = self.pairs[usable[self.pairs].all(axis=1)]
        self.clusters = None
        self.first_pieces, self.later_pieces = short_pieces(work / "tokenizer.json")
        self.idf = inverse_frequencies(self.tokens["segments"], self.starts["segments"])

    def label_matrix(self, papers):
        """`[papers, labels]` of 0 and 1, and which papers have any label."""
        matrix = np.zeros((len(papers), self.label_count), dtype=np.float32)
        for row, paper in enumerate(papers):
            if paper >= self.papers:
                continue  # a term
            matrix[row, self.labels[self.label_starts[paper] : self.label_starts[paper + 1]]] = 1
        return matrix, matrix.any(axis=1)


class Sampler:
    """Batches of pairs; the batch of a step depends on seed and step alone.

    Kinds of pairs: `title` (title and segment), `document` (title and whole text, segment and
    whole text), `author` (title and segment of two papers by the same authors), `term` (no pairs:
    single words and phrases, whose similarities alone are learnt).
    """

    def __init__(self, corpus, settings, seed):
        self.corpus = corpus
        self.settings = settings
        self.seed = seed
        # Papers without authors, say, have no pairs of theirs: the other kinds take their share.
        material = {
            "author": corpus.pairs,
            "document": corpus.documents,
            "term": corpus.teacher["terms"],
            "title": corpus.usable,
        }
        self.kinds = [kind for kind in sorted(settings["pairs"]) if len(material[kind]) >= 2]
        shares = np.array([settings["pairs"][kind] for kind in self.kinds], dtype=float)
        self.shares = shares / shares.sum()

    def batch(self, step):
        generator = np.random.default_rng([self.seed, step])
        kind = self.kinds[generator.choice(len(self.kinds), p=self.shares)]
        if kind == "author":
            pairs = self.near(self.corpus.pairs, self.settings["batch"], generator)
            pairs = generator.permuted(pairs, axis=1)
            sides = [("titles", pairs[:, 0]), ("segments", pairs[:, 1])]
        elif kind == "document":
            size = max(2, self.settings["batch"] // self.settings["document_divisor"])
            papers = self.near(self.corpus.documents, size, generator)
            left = ("titles", "segments")[generator.integers(2)]
            sides = [(left, papers), ("documents", papers)]
        elif kind == "term":
            known = len(self.corpus.teacher["terms"])
            count = min(2 * self.settings["batch"], known - known % 2)
            terms = generator.choice(known, count, replace=False)
            sides = [("terms", terms)]
        else:
            papers = self.near(self.corpus.usable, self.settings["batch"], generator)
            sides = [("titles", papers), ("segments", papers)]
        parts = [gather(self.corpus.tokens[v], self.corpus.starts[v], rows) for v, rows in sides]
        texts = self.drop(
            np.concatenate([tokens for tokens, _ in parts]),
            np.concatenate([lengths for _, lengths in parts]),
            generator,
        )
        teacher = np.concatenate([self.corpus.teacher[view][rows] for view, rows in sides])
        papers = np.concatenate([rows for _, rows in sides])
        if kind == "term":
            # Terms have no paper: each gets a number beyond those of papers.
            told = np.ones(len(papers), dtype=bool)
            papers = papers + self.corpus.papers
            return Batch(kind, texts, papers, teacher, self.lexical(texts), told, False)
        texts, told = self.estrange(texts, generator)
        return Batch(kind, texts, papers, teacher, self.lexical(texts), told, True)

    def estrange(self, texts, generator):
        """Puts a made-up word in the place of the rarest word that both texts of a pair share.

        The same in both, of one to four pieces: words of other fields look like that, and a pair
        must be found by them all the same. Returns the texts and which of them stayed as they were.
        """
        pairs = (len(texts.starts) - 1) // 2
        parts = np.split(texts.tokens, texts.starts[1:-1])
        told = np.ones(2 * pairs, dtype=bool)
        for left in np.flatnonzero(generator.random(pairs) < self.settings["strange_share"]):
            right = left + pairs
            shared = np.intersect1d(parts[left], parts[right])
            if not len(shared):
                continue
            rarest = shared[np.argmax(self.corpus.idf[shared])]
            if self.corpus.idf[rarest] < self.settings["strange_rarity"]:
                continue
            word = self.made_up_word(generator)
            for side in (left, right):
                parts[side] = put_for(parts[side], rarest, word)[: self.corpus.longest]
                told[side] = False
        lengths = [len(part) for part in parts]
        return Texts(np.concatenate(parts), np.concatenate([[0], np.cumsum(lengths)])), told

    def made_up_word(self, generator):
        first = generator.choice(self.corpus.first_pieces)
        count = generator.integers(4)
        return np.array([first, *generator.choice(self.corpus.later_pieces, count)])

    def lexical(self, texts):
        """Cosines of tf-idf bags, (1 + log tf) idf, `[texts, texts]`."""
        counts = csr_matrix(
            (np.ones(len(texts.tokens), dtype=np.float32), texts.tokens, texts.starts),
            shape=(len(texts.starts) - 1, 1 << 16),
        )
        counts.sum_duplicates()
        counts.data = (1 + np.log(counts.data)) * self.corpus.idf[counts.indices]
        lengths = np.sqrt(np.add.reduceat(counts.data**2, counts.indptr[:-1])).clip(1e-6)
        counts.data /= np.repeat(lengths, np.diff(counts.indptr))
        counts = counts.astype(np.float32)
        return (counts @ counts.T).toarray()

    def near(self, rows, size, generator):
        """Entries of `rows`, half of the time from few clusters, so that negatives are hard."""
        size = min(size, len(rows))
        if self.corpus.clusters is None or generator.random() >= self.settings["hard"]:
            return rows[generator.choice(len(rows), size, replace=False)]
        many = min(len(rows), size * self.settings["cluster_batches"])
        drawn = rows[generator.choice(len(rows), many, replace=False)]
        first = drawn if drawn.ndim == 1 else drawn[:, 0]
        clusters = self.corpus.clusters[first]
        order = generator.permutation(clusters.max() + 1)[clusters]
        start = generator.integers(many - size + 1)
        return drawn[np.argsort(order, kind="stable")][start : start + size]

    def drop(self, tokens, lengths, generator):
        """Leaves a share of the tokens out; each text keeps its first."""
        kept = generator.random(len(tokens)) >= self.settings["token_dropout"]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        kept[starts[:-1]] = True
        counts = np.add.reduceat(kept, starts[:-1])
        return Texts(tokens[kept].astype(np.int64), np.concatenate([[0], np.cumsum(counts)]))


def texts_of(corpus, count):
    """The first `count` whole texts, without pairs, tokens dropped or labels."""
    rows = corpus.documents[:count]
    tokens, lengths = gather(corpus.tokens["documents"], corpus.starts["documents"], rows)
    return Texts(tokens.astype(np.int64), np.concatenate([[0], np.cumsum(lengths)]))


def pieces_of(texts, size=256):
    """The same texts in parts that fit into memory."""
    for first in range(0, len(texts.starts) - 1, size):
        starts = texts.starts[first : first + size + 1]
        yield Texts(texts.tokens[starts[0] : starts[-1]], starts - starts[0])
