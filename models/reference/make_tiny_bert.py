"""Writes two tiny random BERT encoders and the vectors the Python library gives for them.

    python make_tiny_bert.py [--out crates/kindred-embed/tests/fixtures]

`tiny-bert-mean`: mean pooling, no normalisation. Its tokenizer.json carries a truncation to 16
tokens and padding to 16 that sentence_bert_config.json (32) overrides, as all-MiniLM-L6-v2 does.
`tiny-bert-cls`: first-token pooling and normalisation; the length limit comes from the position
table (64). Beside each folder `<name>.expected.json` holds texts, token ids and vectors.
"""

import argparse
import json
import shutil
import string
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

SEED = 20260407
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
POSITIONS = 64
ROOT = Path(__file__).resolve().parents[2]

# Written for this file; the vocabulary holds their words.
SENTENCES = [
    "We bound the error of a sparse estimator under heavy noise.",
    "A graph network predicts the energy of small molecules from their bonds.",
    "The proof uses a compactness argument and a lemma on convex sets.",
    "Secure aggregation hides each client update from the server.",
    "Measured light curves show a transit every nine days.",
    "Sampling from the posterior is slow when the prior is wide.",
]
TEXTS = [
    "graph",
    ".",
    "a",
    SENTENCES[0],
    "SECURE AGGREGATION. Secure aggregation!",
    "Let $\\alpha_{n} \\in \\mathbb{R}^d$ with $\\|\\alpha_n\\|_2 \\le 1$; "
    "then $$\\sum_n \\alpha_n < \\infty.$$",
    "Über naïve Schätzer: résumé of Erdős–Rényi graphs, ﬁnite ﬁelds",
    "グラフ理論と学習 図 графы 🧮",
    "zero\u200bwidth, soft\u00adhyphen, non\u00a0breaking, tab\tand\r\nline",
    "e\u0301 is not é until it is composed",
    "word" * 40,
    " ".join(SENTENCES),
    " ".join(SENTENCES * 6),
    "[CLS] literal special tokens [SEP] in a text [MASK]",
]
# Without a visible character the Python library still returns the vector of `[CLS] [SEP]`; an
# encoder may refuse these instead.
BLANK_TEXTS = ["", " \n\t"]


def build_vocabulary():
    """Special pieces, single characters, endings, then the words of the sentences."""
    letters = string.ascii_lowercase + string.digits
    pieces = SPECIAL + list("!$&()+,-./:;<>?[]_{|}") + list(letters)
    pieces += [f"##{piece}" for piece in letters] + ["##ing", "##ion", "##ed", "##es", "##er"]
    words = sorted({word.strip(".").lower() for text in SENTENCES for word in text.split()})
    pieces += [word for word in words if word not in pieces]
    return {piece: number for number, piece in enumerate(pieces)}


def build_tokenizer():
    vocabulary = build_vocabulary()
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def build_bert(vocabulary):
    """A random BERT whose outputs differ clearly from text to text."""
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=POSITIONS,
    )
    model = BertModel(config).eval()
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            scale = 1.0 if "LayerNorm.weight" in name else 0.0
            parameter.copy_(scale + 0.2 * noise)
    return model


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def module(index, path, name):
    kind = f"sentence_transformers.models.{name}"
    return {"idx": index, "name": str(index), "path": path, "type": kind}


def write_folder(folder, bert, tokenizer, pooling, max_tokens):
    """A classic sentence-transformers folder; `max_tokens` None leaves the limit to the model."""
    if folder.exists():
        shutil.rmtree(folder)
    bert.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "model_max_length": 512,
            **{f"{n.strip('[]').lower()}_token": n for n in SPECIAL},
        },
    )
    limit = {} if max_tokens is None else {"max_seq_length": max_tokens}
    write_json(folder / "sentence_bert_config.json", {**limit, "do_lower_case": False})
    modules = [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling")]
    if pooling == "cls":
        modules.append(module(2, "2_Normalize", "Normalize"))
    write_json(folder / "modules.json", modules)
    write_json(
        folder / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": bert.config.hidden_size,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    )


def write_expected(folder, tokenizer, limit):
    """Vectors of the Python library, each text encoded alone, and the token ids they rest on."""
    model = SentenceTransformer(str(folder), device="cpu")
    if model.max_seq_length is None or model.max_seq_length > limit:
        raise SystemExit(f"{folder.name}: the library would read {model.max_seq_length} tokens")
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.no_padding()
    plain.enable_truncation(limit)
    cases = []
    for text in TEXTS + BLANK_TEXTS:
        features = model.preprocess([text])
        ids = features["input_ids"][0][features["attention_mask"][0].bool()].tolist()
        if ids != plain.encode(text).ids:
            raise SystemExit(f"{folder.name}: unexpected tokens for {text!r}")
        vector = [float(f"{x:.9g}") for x in model.encode([text])[0].tolist()]
        cases.append({"text": text, "blank": text in BLANK_TEXTS, "ids": ids, "vector": vector})
    value = {"max_tokens": limit, "normalized": folder.name.endswith("cls"), "cases": cases}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    head = json.dumps({**value, "cases": []})[:-2]
    path = folder.with_name(f"{folder.name}.expected.json")
    path.write_text(f"{head}\n{lines}\n]}}\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=ROOT / "crates/kindred-embed/tests/fixtures", type=Path)
    out = parser.parse_args().out
    tokenizer = build_tokenizer()
    bert = build_bert(tokenizer.get_vocab_size())

    misleading = Tokenizer.from_str(tokenizer.to_str())
    misleading.enable_truncation(16)
    misleading.enable_padding(length=16)
    write_folder(out / "tiny-bert-mean", bert, misleading, "mean", 32)
    write_expected(out / "tiny-bert-mean", tokenizer, 32)

    write_folder(out / "tiny-bert-cls", bert, tokenizer, "cls", None)
    write_expected(out / "tiny-bert-cls", tokenizer, POSITIONS)


if __name__ == "__main__":
    main()
