"""Writes tiny random encoders of each family and the vectors the Python libraries give for them.

    python make_families.py [--out crates/kindred-embed/tests/fixtures] [--only NAME...]

Each is the true architecture with few layers, a width of 32 and a tokenizer of its family that was
trained on the sentences below; the weights are drawn so that layers matter. `tiny-NAME/` is the
folder, `tiny-NAME.expected.json` beside it holds texts, token ids and vectors. They come from
sentence-transformers, except: Nomic's BERT, which no library has, is computed by the few lines of
`NomicBert`; SPECTER2 by the `adapters` package; model2vec by its own package.
"""

import argparse
import json
import math
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers import models as modules_of
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from torch.nn import functional
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    ModernBertConfig,
    ModernBertModel,
    MPNetConfig,
    MPNetModel,
    Qwen3Config,
    Qwen3Model,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from make_tiny_bert import SENTENCES as FIRST_SENTENCES
from make_tiny_bert import build_tokenizer as build_wordpiece
from make_tiny_bert import write_json

SEED = 20260711
ROOT = Path(__file__).resolve().parents[2]
HIDDEN, HEADS, INNER, TOKENS = 32, 4, 64, 320

# Written for this file, like those of make_tiny_bert.
SENTENCES = FIRST_SENTENCES + [
    "Les réseaux de neurones apprennent une représentation des graphes.",
    "Wir beweisen eine obere Schranke für das Rauschen im Schätzer.",
    "We release the code, 12 checkpoints and 3400 labelled images (2.5 GB).",
    "Let $x_1, \\dots, x_n$ be independent; then $\\sum_i x_i \\to 0$ as n grows.",
    "It doesn't follow that the model's error can't be lower.",
]
TEXTS = [
    "graph",
    ".",
    "We bound the error",
    SENTENCES[1],
    "SECURE AGGREGATION. Secure aggregation!",
    "Let $\\alpha_{n} \\in \\mathbb{R}^d$ with $\\|\\alpha_n\\|_2 \\le 1$; "
    "then $$\\sum_n \\alpha_n < \\infty.$$",
    "Über naïve Schätzer: résumé of Erdős–Rényi graphs, ﬁnite ﬁelds",
    "グラフ理論と学習 図 графы 🧮",
    "tab\tand\r\n\r\nlines,   three  spaces   , they're 1234567 it's\u00a0non-breaking ",
    " ".join(SENTENCES[:4]),
    " ".join(SENTENCES),
    " ".join(SENTENCES * 6),
]


def randomized(model, scale=0.25, seed=SEED):
    """Fills a model with noise; weights of norms lie around 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            centre = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
            parameter.copy_(centre + scale * noise)
    return model.eval()


# Tokenizers ------------------------------------------------------------------------------------


def template(tokenizer, single):
    names = [part for part in single.split() if not part.startswith("$")]
    return processors.TemplateProcessing(
        single=single,
        pair=f"{single} $B:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in dict.fromkeys(names)],
    )


def build_mpnet_wordpiece():
    """MPNet's ids: `<s>`, `<pad>`, `</s>` first, then the pieces of BERT."""
    bert = json.loads(build_wordpiece().to_str())
    pieces = sorted(bert["model"]["vocab"], key=bert["model"]["vocab"].get)
    special = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]
    names = special + [piece for piece in pieces if not piece.startswith("[") or len(piece) == 1]
    vocabulary = {piece: number for number, piece in enumerate(names)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(special)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>"))
    tokenizer.post_processor = processors.RobertaProcessing(*ends)
    return tokenizer


def build_unigram():
    """The parts of XLM-R's tokenizer, NFKC in place of the table of SentencePiece."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=380, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    tokenizer.add_special_tokens(["<mask>"])
    tokenizer.post_processor = template(tokenizer, "<s> $A </s>")
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def train_bytes(special, pre_tokenizer, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def build_roberta_bytes():
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = train_bytes(special, pre_tokenizers.ByteLevel(add_prefix_space=False))
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False
    )
    return tokenizer


def build_modernbert_bytes():
    special = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    bytes_of = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True)
    tokenizer = train_bytes(special, bytes_of, normalizers.NFC())
    tokenizer.add_tokens([AddedToken("  ", normalized=True), AddedToken("   ", normalized=True)])
    tokenizer.post_processor = template(tokenizer, "[CLS] $A [SEP]")
    return tokenizer


# The pattern of Qwen2 and Qwen3.
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def build_qwen_bytes():
    parts = [
        pre_tokenizers.Split(Regex(QWEN), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
    ]
    end = "<|endoftext|>"
    tokenizer = train_bytes([end], pre_tokenizers.Sequence(parts), normalizers.NFC())
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, f"$A {end}")]
    )
    return tokenizer


# Models ----------------------------------------------------------------------------------------


def shared_sizes(tokenizer):
    return {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": HIDDEN,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
    }


def build_distilbert(tokenizer):
    config = DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        dim=HIDDEN,
        n_heads=HEADS,
        hidden_dim=INNER,
        n_layers=2,
        max_position_embeddings=TOKENS,
    )
    return randomized(DistilBertModel(config))


def build_roberta(tokenizer, kind=(RobertaConfig, RobertaModel)):
    config = kind[0](
        **shared_sizes(tokenizer),
        num_hidden_layers=2,
        max_position_embeddings=TOKENS + 2,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )
    return randomized(kind[1](config))


def build_xlm_roberta(tokenizer):
    return build_roberta(tokenizer, (XLMRobertaConfig, XLMRobertaModel))


def build_mpnet(tokenizer):
    config = MPNetConfig(
        **shared_sizes(tokenizer),
        num_hidden_layers=2,
        max_position_embeddings=TOKENS + 2,
        layer_norm_eps=1e-5,
    )
    return randomized(MPNetModel(config))


def build_modernbert(tokenizer):
    """Layers 0 and 3 see everything, the others eight tokens on each side."""
    config = ModernBertConfig(
        **shared_sizes(tokenizer),
        num_hidden_layers=5,
        max_position_embeddings=TOKENS,
        local_attention=16,
        pad_token_id=3,
        bos_token_id=1,
        cls_token_id=1,
        eos_token_id=2,
        sep_token_id=2,
        reference_compile=False,
    )
    return randomized(ModernBertModel(config))


def build_qwen3(tokenizer):
    """Two queries share each head of keys; heads together are wider than the tokens."""
    config = Qwen3Config(
        **shared_sizes(tokenizer),
        num_hidden_layers=3,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=TOKENS,
        rope_theta=1_000_000,
    )
    return randomized(Qwen3Model(config))


class NomicBert(torch.nn.Module):
    """nomic-embed-text-v1.5: BERT with rotating positions and a gate, without biases."""

    SETTINGS = {
        "activation_function": "swiglu",
        "causal": False,
        "layer_norm_epsilon": 1e-12,
        "max_trained_positions": 2048,
        "mlp_fc1_bias": False,
        "mlp_fc2_bias": False,
        "model_type": "nomic_bert",
        "n_embd": HIDDEN,
        "n_head": HEADS,
        "n_inner": 256,
        "n_layer": 2,
        "n_positions": TOKENS,
        "pad_vocab_size_multiple": 64,
        "parallel_block": False,
        "prenorm": False,
        "qkv_proj_bias": False,
        "rotary_emb_base": 1000,
        "rotary_emb_fraction": 1.0,
        "rotary_emb_interleaved": False,
        "rotary_emb_scale_base": None,
        "rotary_scaling_factor": None,
        "type_vocab_size": 2,
        "use_rms_norm": False,
    }

    def __init__(self, tokenizer):
        super().__init__()
        self.settings = {**self.SETTINGS, "vocab_size": tokenizer.get_vocab_size()}
        rows = math.ceil(tokenizer.get_vocab_size() / 64) * 64
        inner = self.settings["n_inner"]
        embeddings = {
            "word_embeddings": torch.nn.Embedding(rows, HIDDEN),
            "token_type_embeddings": torch.nn.Embedding(2, HIDDEN),
        }
        self.embeddings = torch.nn.ModuleDict(embeddings)
        self.emb_ln = torch.nn.LayerNorm(HIDDEN, eps=1e-12)
        linear = lambda inputs, outputs: torch.nn.Linear(inputs, outputs, bias=False)  # noqa: E731
        layers = [
            torch.nn.ModuleDict(
                {
                    "attn": torch.nn.ModuleDict(
                        {"Wqkv": linear(HIDDEN, 3 * HIDDEN), "out_proj": linear(HIDDEN, HIDDEN)}
                    ),
                    "mlp": torch.nn.ModuleDict(
                        {
                            "fc11": linear(HIDDEN, inner),
                            "fc12": linear(HIDDEN, inner),
                            "fc2": linear(inner, HIDDEN),
                        }
                    ),
                    "norm1": torch.nn.LayerNorm(HIDDEN, eps=1e-12),
                    "norm2": torch.nn.LayerNorm(HIDDEN, eps=1e-12),
                }
            )
            for _ in range(self.settings["n_layer"])
        ]
        self.encoder = torch.nn.ModuleDict({"layers": torch.nn.ModuleList(layers)})

    def rotate(self, heads):
        """`heads` is `[heads, tokens, size]`; component i turns with component i + size / 2."""
        size = heads.shape[-1]
        exponents = torch.arange(0, size, 2, dtype=torch.float32) / size
        frequencies = 1.0 / (float(self.settings["rotary_emb_base"]) ** exponents)
        angles = torch.outer(torch.arange(heads.shape[1], dtype=torch.float32), frequencies)
        cosines, sines = torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()
        first, second = heads.chunk(2, dim=-1)
        return heads * cosines + torch.cat([-second, first], dim=-1) * sines

    def attend(self, parts, rows):
        query, key, value = parts["Wqkv"](rows).view(len(rows), 3, HEADS, -1).permute(1, 2, 0, 3)
        scores = self.rotate(query) @ self.rotate(key).mT / math.sqrt(HIDDEN // HEADS)
        context = scores.softmax(-1) @ value
        return parts["out_proj"](context.permute(1, 0, 2).reshape(len(rows), HIDDEN))

    def forward(self, ids):
        rows = self.embeddings["word_embeddings"](ids)
        rows = self.emb_ln(rows + self.embeddings["token_type_embeddings"].weight[0])
        for layer in self.encoder["layers"]:
            rows = layer["norm1"](rows + self.attend(layer["attn"], rows))
            inner = layer["mlp"]["fc11"](rows) * functional.silu(layer["mlp"]["fc12"](rows))
            rows = layer["norm2"](rows + layer["mlp"]["fc2"](inner))
        return rows


# Folders ---------------------------------------------------------------------------------------


def write_tokenizer(folder, tokenizer, special):
    """`special` names padding and unknown tokens; Python pads batches with the one."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": 100_000,
            "model_input_names": ["input_ids", "attention_mask"],
            **special,
        },
    )


def write_pipeline(folder, pooling, normalize, limit=None):
    prefix = "sentence_transformers.models"
    entries = [("", "Transformer"), ("1_Pooling", "Pooling")]
    entries += [("2_Normalize", "Normalize")] if normalize else []
    write_json(
        folder / "modules.json",
        [
            {"idx": number, "name": str(number), "path": path, "type": f"{prefix}.{name}"}
            for number, (path, name) in enumerate(entries)
        ],
    )
    config = {"word_embedding_dimension": HIDDEN, f"pooling_mode_{pooling}": True}
    write_json(folder / "1_Pooling" / "config.json", config)
    if limit is not None:
        limits = {"max_seq_length": limit, "do_lower_case": False}
        write_json(folder / "sentence_bert_config.json", limits)


def fresh(folder):
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def finish(folder):
    """Takes out what a library wrote beyond the model."""
    for file in folder.rglob("*.safetensors"):
        file.chmod(0o644)
    for name in ("README.md", "generation_config.json", "vocab.txt", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)


def save_model(model, folder):
    model.save_pretrained(folder)
    finish(folder)


def write_expected(folder, max_tokens, cases):
    """One line for each case: a text, its token ids and its vector."""
    lines = []
    for text, ids, vector in cases:
        numbers = [float(f"{x:.9g}") for x in torch.as_tensor(vector).tolist()]
        case = {"text": text, "blank": False, "ids": ids, "vector": numbers}
        lines.append(json.dumps(case, ensure_ascii=False))
    path = folder.with_name(f"{folder.name}.expected.json")
    head = json.dumps({"max_tokens": max_tokens, "cases": []})[:-2]
    path.write_text(head + "\n" + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    print(folder.name, len(cases), "texts, longest", max(len(ids) for _, ids, _ in cases))


def write_expected_of_library(folder, max_tokens, plain):
    """Vectors of sentence-transformers, each text alone, and the ids they rest on."""
    model = SentenceTransformer(str(folder), device="cpu")
    plain = Tokenizer.from_str(plain.to_str())
    plain.no_padding()
    plain.enable_truncation(max_tokens)
    cases = []
    for text in TEXTS:
        features = model.preprocess([text])
        ids = features["input_ids"][0].tolist()
        if ids != plain.encode(text).ids:
            raise SystemExit(f"{folder.name}: unexpected tokens for {text!r}")
        cases.append((text, ids, model.encode([text], convert_to_tensor=True)[0]))
    write_expected(folder, max_tokens, cases)


# name: (tokenizer, model, pooling, normalise, limit, padding, unknown)
FAMILIES = {
    "tiny-distilbert": (
        build_wordpiece, build_distilbert, "weightedmean_tokens", False, None, "[PAD]", "[UNK]",
    ),
    "tiny-roberta": (
        build_roberta_bytes, build_roberta, "mean_tokens", False, TOKENS, "<pad>", "<unk>",
    ),
    "tiny-xlm-roberta": (
        build_unigram, build_xlm_roberta, "cls_token", True, 256, "<pad>", "<unk>",
    ),
    "tiny-mpnet": (
        build_mpnet_wordpiece, build_mpnet, "mean_tokens", True, 300, "<pad>", "[UNK]",
    ),
    "tiny-modernbert": (
        build_modernbert_bytes, build_modernbert, "mean_sqrt_len_tokens", False, None, "[PAD]",
        "[UNK]",
    ),
    "tiny-qwen3": (
        build_qwen_bytes, build_qwen3, "lasttoken", True, None, "<|endoftext|>", None,
    ),
}  # fmt: skip


def make_family(out, name):
    build_tokens, build_model, pooling, normalize, limit, padding, unknown = FAMILIES[name]
    folder = fresh(out / name)
    tokenizer = build_tokens()
    save_model(build_model(tokenizer), folder)
    special = {"pad_token": padding, **({"unk_token": unknown} if unknown else {})}
    if name == "tiny-qwen3":
        special |= {"eos_token": padding, "padding_side": "left"}
    write_tokenizer(folder, tokenizer, special)
    write_pipeline(folder, pooling, normalize, limit)
    if name == "tiny-qwen3":
        prompts = {"query": "Instruct: find papers\nQuery:", "document": ""}
        write_json(
            folder / "config_sentence_transformers.json",
            {"prompts": prompts, "default_prompt_name": None},
        )
    write_expected_of_library(folder, limit or TOKENS, tokenizer)


def make_nomic(out):
    folder = fresh(out / "tiny-nomic-bert")
    tokenizer = build_wordpiece()
    model = randomized(NomicBert(tokenizer))
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", model.settings)
    write_tokenizer(folder, tokenizer, {"pad_token": "[PAD]", "unk_token": "[UNK]"})
    write_pipeline(folder, "mean_tokens", False)
    tokenizer.enable_truncation(TOKENS)
    cases = []
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer.encode(text).ids
            cases.append((text, ids, model(torch.tensor(ids)).mean(0)))
    write_expected(folder, TOKENS, cases)


def make_specter2(out):
    """SciBERT's architecture and SPECTER2's adapter, as a plain folder of the two."""
    from adapters import BertAdapterModel, SeqBnConfig

    folder = fresh(out / "tiny-specter2")
    tokenizer = build_wordpiece()
    sizes = shared_sizes(tokenizer)
    config = BertConfig(**sizes, num_hidden_layers=2, max_position_embeddings=TOKENS)
    base = randomized(BertModel(config))
    save_model(base, folder)
    write_tokenizer(folder, tokenizer, {"pad_token": "[PAD]", "unk_token": "[UNK]"})
    model = BertAdapterModel.from_pretrained(folder)
    model.add_adapter("[PRX]", config=SeqBnConfig(reduction_factor=4))
    generator = torch.Generator().manual_seed(SEED + 1)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if ".adapters." in name:
                parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    model.set_active_adapters("[PRX]")
    model.save_adapter(str(folder / "adapter"), "[PRX]", use_safetensors=True)
    settings = folder / "adapter" / "adapter_config.json"
    write_json(settings, {**json.loads(settings.read_text()), "model_name": "tiny-specter2"})
    finish(folder)
    model.eval()
    tokenizer.enable_truncation(TOKENS)
    cases = []
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer.encode(text).ids
            vector = model(torch.tensor([ids])).last_hidden_state[0, 0]
            without = base(torch.tensor([ids])).last_hidden_state[0, 0]
            if torch.cosine_similarity(vector, without, dim=0) > 0.99:
                raise SystemExit("the adapter does nothing")
            cases.append((text, ids, vector))
    write_expected(folder, TOKENS, cases)


def make_pipeline(out):
    """What the installed library itself saves: its newest names of modules, every simple module."""
    plain = out / "tiny-bert-mean"
    transformer = modules_of.Transformer(str(plain))
    torch.manual_seed(SEED)
    norm = modules_of.LayerNorm(24)
    steps = [
        transformer,
        modules_of.Pooling(HIDDEN, pooling_mode="max"),
        modules_of.Dropout(0.1),
        modules_of.Dense(HIDDEN, 24, bias=False, activation_function=torch.nn.GELU()),
        norm,
        modules_of.Dense(24, 16, activation_function=torch.nn.Sigmoid()),
        modules_of.Normalize(),
    ]
    for step in steps[3:6]:
        randomized(step, 0.5)
    folder = fresh(out / "tiny-pipeline")
    SentenceTransformer(modules=steps, device="cpu").save(str(folder), create_model_card=False)
    tokenizer = Tokenizer.from_file(str(plain / "tokenizer.json"))
    finish(folder)
    write_expected_of_library(folder, 64, tokenizer)


def make_model2vec(out):
    """Three tables of one vocabulary: with weights and a mapping, in eight bits, in half."""
    import numpy
    from model2vec import StaticModel
    from model2vec.quantization import quantize_embeddings

    tokenizer = build_wordpiece()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A", pair="$A $B")
    rows = tokenizer.get_vocab_size()
    random = numpy.random.default_rng(SEED)
    table = random.normal(size=(rows, 16)).astype(numpy.float32)
    config = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True}
    weights = random.uniform(0.1, 2.0, rows)
    mapping = random.integers(0, 40, rows)
    variants = {
        "tiny-model2vec": (table[:40], {"weights": weights, "token_mapping": mapping}),
        "tiny-model2vec-int8": (quantize_embeddings(table, "int8"), {}),
        "tiny-model2vec-f16": (quantize_embeddings(table, "float16"), {"weights": weights}),
    }
    for name, (vectors, more) in variants.items():
        folder = fresh(out / name)
        model = StaticModel(vectors, tokenizer, config=dict(config), **more)
        model.save_pretrained(folder)
        finish(folder)
        model = StaticModel.from_pretrained(folder)
        cases = []
        for text in TEXTS:
            ids = model.tokenize([text], max_length=512)[0]
            if ids:
                cases.append((text, ids, model.encode([text])[0].tolist()))
        write_expected(folder, 512, cases)


OTHERS = {
    "tiny-nomic-bert": make_nomic,
    "tiny-specter2": make_specter2,
    "tiny-pipeline": make_pipeline,
    "tiny-model2vec": make_model2vec,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=ROOT / "crates/kindred-embed/tests/fixtures", type=Path)
    parser.add_argument("--only", nargs="*", choices=[*FAMILIES, *OTHERS])
    arguments = parser.parse_args()
    for name in arguments.only or [*FAMILIES, *OTHERS]:
        if name in FAMILIES:
            make_family(arguments.out, name)
        else:
            OTHERS[name](arguments.out)


if __name__ == "__main__":
    main()
