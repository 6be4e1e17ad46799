"""Stage 2: a lower-case WordPiece vocabulary from titles and abstracts.

The library numbers continuing characters (`##a`) in the order of a hash map and breaks ties
between merges by those numbers, so that two runs give two vocabularies. Here the alphabet is fixed
first and its continuing form handed over ahead of everything else: the same texts then give the
same vocabulary.
"""

import json
from collections import Counter
from itertools import islice

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from stages import command_line, finish, read_papers

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CONTINUING = "##"
# Characters are counted on every so many papers; the frequent ones show in any tenth.
ALPHABET_STRIDE = 10


def blank_tokenizer():
    """The tokenizer without a vocabulary."""
    tokenizer = Tokenizer(
        models.WordPiece(
            {"[UNK]": 0},
            unk_token="[UNK]",
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
        special_tokens=[*SPECIAL, *continuing],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Continuing characters were special for their place only; as such they would match raw text.
    value = json.loads(tokenizer.to_str())
    value["added_tokens"] = [t for t in value["added_tokens"] if t["id"] < len(SPECIAL)]
    tokenizer = Tokenizer.from_str(json.dumps(value))
    frame = [(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=frame
    )
    return tokenizer


def texts(work, stride=1):
    for paper in islice(read_papers(work), 0, None, stride):
        yield f"{paper['title']}\n{paper['abstract']}"


def main():
    arguments, config = command_line(__doc__)
    work, settings = arguments.work, config["tokenizer"]
    alphabet = frequent_characters(
        texts(work, ALPHABET_STRIDE), blank_tokenizer().normalizer, settings["alphabet"]
    )
    tokenizer = build(texts(work), alphabet, settings)
    with finish(work / "tokenizer.json") as partial:
        tokenizer.save(str(partial))
    print(f"tokenizer: {tokenizer.get_vocab_size()} pieces, {len(alphabet)} characters")


if __name__ == "__main__":
    main()
