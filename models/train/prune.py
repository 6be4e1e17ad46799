"""A smaller vocabulary out of a trained one: the rarest pieces go, words are made of what is left."""

import json

import numpy as np
from tokenizers import Tokenizer

from train_tokenizer import SPECIAL


def commonest(tokenizer, counts, size):
    """Ids, rising, of the special tokens, all single characters, and the commonest other pieces.

    `size` ids in all. With every character there, a word is still read as pieces.
    """
    pieces = {number: piece for piece, number in tokenizer.get_vocab().items()}
    always = {
        number
        for number, piece in pieces.items()
        if number < len(SPECIAL) or len(piece.removeprefix("##")) <= 1
    }
    if size < len(always):
        raise SystemExit(f"static_vocabulary is {size}, characters alone are {len(always)}")
    others = sorted(pieces.keys() - always, key=lambda number: (-counts[number], number))
    return np.array(sorted(always.union(others[: size - len(always)])))


def static_tokenizer(tokenizer, kept):
    """The tokenizer with the pieces `kept` alone, numbered in that order, and without a frame:
    nothing but the text's own pieces is averaged."""
    value = json.loads(tokenizer.to_str())
    pieces = {number: piece for piece, number in value["model"]["vocab"].items()}
    value["model"]["vocab"] = {pieces[old]: new for new, old in enumerate(kept.tolist())}
    value["post_processor"] = None
    return Tokenizer.from_str(json.dumps(value))
