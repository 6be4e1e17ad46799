"""Stage 1: a lower-case WordPiece vocabulary from titles and abstracts of the corpora.

The library numbers continuing characters (`##a`) in the order of a hash map and breaks ties
between merges by those numbers, so that two runs give two vocabularies. Here the alphabet is fixed
first and its continuing form handed over ahead of everything else: the same texts then give the
same vocabulary.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from corpus import load_config, training_papers

UNKNOWN = "[UNK]"
CONTINUING = "##"
# Characters are counted on every so many papers; the frequent ones show in any tenth.
ALPHABET_STRIDE = 10


def blank_tokenizer():
    """The tokenizer without a vocabulary: no truncation, no padding, no added special tokens."""
    tokenizer = Tokenizer(
        models.WordPiece(
            {UNKNOWN: 0},
            unk_token=UNKNOWN,
            max_input_chars_per_word=64,
            continuing_subword_prefix=CONTINUING,
        )
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=CONTINUING)
    return tokenizer


def frequent_characters(texts, normalizer, count):
    """The `count` most frequent characters after normalisation, ties by code point, sorted."""
    counts = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text))
    visible = [character for character in counts if not character.isspace()]
    return sorted(sorted(visible, key=lambda c: (-counts[c], c))[:count])


def build(texts, alphabet, settings):
    """Trains the vocabulary over a fixed alphabet."""
    tokenizer = blank_tokenizer()
    continuing = [CONTINUING + character for character in alphabet]
    trainer = trainers.WordPieceTrainer(
        vocab_size=settings["vocabulary"],
        min_frequency=settings["min_frequency"],
        limit_alphabet=len(alphabet),
        initial_alphabet=alphabet,
        special_tokens=[UNKNOWN, *continuing],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Continuing characters were special for their place only; as such they would match raw text.
    value = json.loads(tokenizer.to_str())
    value["added_tokens"] = [token for token in value["added_tokens"] if token["id"] == 0]
    return Tokenizer.from_str(json.dumps(value))


def paper_texts(data, config, stride=1):
    for number, paper in enumerate(training_papers(data, config)):
        if number % stride == 0:
            yield f"{paper['title']}\n{paper['abstract']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--config")
    arguments = parser.parse_args()
    config = load_config(arguments.config)
    settings = config["tokenizer"]
    alphabet = frequent_characters(
        paper_texts(arguments.data, config, ALPHABET_STRIDE),
        blank_tokenizer().normalizer,
        settings["alphabet"],
    )
    tokenizer = build(paper_texts(arguments.data, config), alphabet, settings)
    out = Path(arguments.out)
    partial = out.with_suffix(".partial")
    tokenizer.save(str(partial))
    partial.rename(out)
    print(f"tokenizer: {tokenizer.get_vocab_size()} pieces, {len(alphabet)} characters")


if __name__ == "__main__":
    main()
