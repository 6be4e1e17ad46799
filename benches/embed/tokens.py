"""Tokenises texts as the encoder's folder says, and fills padded arrays."""

import numpy as np
from tokenizers import Tokenizer


def load_tokenizer(folder, max_tokens):
    """The folder's own tokenizer, cut at `max_tokens` whatever its file says, without padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def pad(encodings):
    """Input arrays `[batch, longest]` of 64-bit integers; padding has id and mask 0."""
    longest = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        tokens = encoding.ids
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
