"""Stages 9 and 11: the students as sentence-transformers folders, weights in 16 bits."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from batches import Corpus, texts_of
from prune import commonest, static_tokenizer
from rotate import rotate_map, rotate_table
from stages import command_line, finish
from students import Transformer, pooled_vectors
from train_tokenizer import SPECIAL

# Parts of a layer as the library names them.
LAYER_NAMES = {
    "out": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm2": "output.LayerNorm",
}


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_modules(folder, kinds, dimensions):
    """`modules.json` and what belongs to the whole model."""
    modules = []
    for number, kind in enumerate(kinds):
        path = f"{number}_{kind}" if number else ""
        (folder / path).mkdir(parents=True, exist_ok=True)
        place = "sentence_transformers.models." + kind
        modules.append({"idx": number, "name": str(number), "path": path, "type": place})
    write_json(folder / "modules.json", modules)
    write_json(
        folder / "config_sentence_transformers.json",
        {
            "model_type": "SentenceTransformer",
            "prompts": {},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
            "matryoshka_dimensions": dimensions,
        },
    )


def bert_tensors(student):
    """The transformer's weights under the names of `BertModel`, `student` a state dictionary."""
    tensors = {
        "embeddings.word_embeddings.weight": student["words"],
        "embeddings.position_embeddings.weight": student["places"],
        "embeddings.token_type_embeddings.weight": student["constant"][None, :],
        "embeddings.LayerNorm.weight": student["norm.weight"],
        "embeddings.LayerNorm.bias": student["norm.bias"],
    }
    for name, tensor in student.items():
        if not name.startswith("layers."):
            continue
        _, number, part, end = name.split(".")
        place = f"encoder.layer.{number}"
        if part == "qkv":
            for side, piece in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
                tensors[f"{place}.attention.self.{side}.{end}"] = piece
        else:
            tensors[f"{place}.{LAYER_NAMES[part]}.{end}"] = tensor
    # Nobody reads the pooler, but the Python library has one in every BERT and warns without it.
    width = student["words"].shape[1]
    tensors["pooler.dense.weight"] = torch.zeros(width, width)
    tensors["pooler.dense.bias"] = torch.zeros(width)
    return {name: tensor.half().contiguous() for name, tensor in tensors.items()}


def student_state(folder, model):
    """The state of a transformer whose weights `export_transformer` wrote into a folder."""
    saved = {n: t.float() for n, t in load_file(folder / "model.safetensors").items()}
    dense = load_file(folder / "2_Dense/model.safetensors")
    found = list(saved["embeddings.position_embeddings.weight"].shape)
    if found != [model["positions"], model["width"]]:
        wanted = model["positions"], model["width"]
        raise SystemExit(f"{folder}: positions and width are {found}, config.toml wants {wanted}")
    state = {
        "words": saved["embeddings.word_embeddings.weight"],
        "places": saved["embeddings.position_embeddings.weight"],
        "constant": saved["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": saved["embeddings.LayerNorm.weight"],
        "norm.bias": saved["embeddings.LayerNorm.bias"],
        "map.weight": dense["linear.weight"].float(),
        "map.bias": dense["linear.bias"].float(),
    }
    for number in range(model["layers"]):
        place = f"encoder.layer.{number}"
        for end in ("weight", "bias"):
            sides = [
                saved[f"{place}.attention.self.{side}.{end}"] for side in ("query", "key", "value")
            ]
            state[f"layers.{number}.qkv.{end}"] = torch.cat(sides)
            for ours, theirs in LAYER_NAMES.items():
                state[f"layers.{number}.{ours}.{end}"] = saved[f"{place}.{theirs}.{end}"]
    return state


def write_tokenizer(folder, tokenizer, max_tokens):
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "BertTokenizer",
            "do_lower_case": True,
            "strip_accents": True,
            "model_max_length": max_tokens,
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "mask_token": "[MASK]",
        },
    )


def export_transformer(student, config, tokenizer, folder):
    """Writes kindred-small: BertModel, mean pooling, one linear map, length 1."""
    model = config["model"]
    folder.mkdir(parents=True, exist_ok=True)
    kinds = ["Transformer", "Pooling", "Dense", "Normalize"]
    write_modules(folder, kinds, config["export"]["dimensions"])
    save_file(bert_tensors(student), folder / "model.safetensors", metadata={"format": "pt"})
    width = model["width"]
    write_json(
        folder / "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "attention_probs_dropout_prob": 0.0,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0,
            "hidden_size": width,
            "initializer_range": 0.02,
            "intermediate_size": model["feed_forward"],
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": model["positions"],
            "num_attention_heads": model["heads"],
            "num_hidden_layers": model["layers"],
            "pad_token_id": tokenizer.token_to_id("[PAD]"),
            "position_embedding_type": "absolute",
            "torch_dtype": "float16",
            "type_vocab_size": 1,
            "vocab_size": tokenizer.get_vocab_size(),
        },
    )
    write_json(
        folder / "sentence_bert_config.json",
        {"max_seq_length": model["positions"], "do_lower_case": False},
    )
    write_json(
        folder / "1_Pooling/config.json",
        {
            "word_embedding_dimension": width,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
            "pooling_mode_weightedmean_tokens": False,
            "pooling_mode_lasttoken": False,
            "include_prompt": True,
        },
    )
    write_json(
        folder / "2_Dense/config.json",
        {
            "in_features": width,
            "out_features": width,
            "bias": True,
            "activation_function": "torch.nn.modules.linear.Identity",
        },
    )
    dense = {f"linear.{end}": student[f"map.{end}"].half() for end in ("weight", "bias")}
    save_file(dense, folder / "2_Dense/model.safetensors", metadata={"format": "pt"})
    write_tokenizer(folder, tokenizer, model["positions"])


def export_table(table, counts, config, tokenizer, folder):
    """Writes kindred-static: one vector per token of the commonest ones, their mean, length 1."""
    folder.mkdir(parents=True, exist_ok=True)
    width = config["export"]["static_width"]
    dimensions = [width, *(d for d in config["export"]["dimensions"] if d < width)]
    write_modules(folder, ["StaticEmbedding", "Normalize"], dimensions)
    size = min(config["export"]["static_vocabulary"], len(table))
    kept = commonest(tokenizer, counts, size)
    rows = {"embedding.weight": table[kept, :width].half().contiguous()}
    save_file(rows, folder / "model.safetensors", metadata={"format": "pt"})
    static_tokenizer(tokenizer, kept).save(str(folder / "tokenizer.json"), pretty=False)


def trained(work, kind):
    """The averaged weights of a student: of the finished training, else of its checkpoint so far."""
    whole = work / f"{kind}.pt"
    if whole.exists():
        return torch.load(whole, weights_only=True)
    state = torch.load(work / f"{kind}.checkpoint", weights_only=True)
    return dict(zip(state["student"], state["mean"], strict=True))


def finish_table(config, corpus, tokenizer, work, out):
    """Turns the trained table: kindred-static, and the table that the transformer starts as."""
    state = trained(work, "table")
    table = state["directions"] * state["log_weights"].exp()[:, None]
    texts = texts_of(corpus, config["export"]["papers"])
    means = functional.embedding_bag(
        torch.from_numpy(texts.tokens), table, torch.from_numpy(texts.starts[:-1]), mode="mean"
    )
    specials = list(range(len(SPECIAL)))
    counts = np.bincount(corpus.tokens["segments"], minlength=len(table))
    export_table(
        rotate_table(table, means, config["export"]["static_exponent"], specials),
        counts,
        config,
        tokenizer,
        out / "kindred-static",
    )
    (out / "kindred-static.done").touch()
    start = rotate_table(table, means, config["export"]["start_exponent"], specials)
    typical = (start.square().mean(dim=1).sqrt() * torch.from_numpy(counts / counts.sum())).sum()
    with finish(work / "table.start.pt") as partial:
        torch.save((start * (config["export"]["start_scale"] / typical)).float(), partial)


def finish_transformer(config, corpus, tokenizer, work, out):
    """Turns the trained transformer's last map: kindred-small."""
    state = trained(work, "transformer")
    settings = {**config["model"], "cls": tokenizer.token_to_id("[CLS]")}
    settings["sep"] = tokenizer.token_to_id("[SEP]")
    student = Transformer(settings, state["words"])
    student.load_state_dict(state)
    pooled = pooled_vectors(student, texts_of(corpus, config["export"]["papers"]))
    exponent = config["export"]["small_exponent"]
    turned = rotate_map(state["map.weight"], state["map.bias"], pooled, exponent)
    state["map.weight"], state["map.bias"] = turned
    export_transformer(state, config, tokenizer, out / "kindred-small")
    (out / "kindred-small.done").touch()


def main():
    arguments, config = command_line(
        __doc__,
        ("student", {"choices": ["table", "transformer"]}),
        ("--out", {"required": True, "type": Path, "help": "folder that models are put into"}),
    )
    work, out = arguments.work, arguments.out
    corpus = Corpus(work, config["teacher"]["width"])
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    stage = finish_table if arguments.student == "table" else finish_transformer
    stage(config, corpus, tokenizer, work, out)


if __name__ == "__main__":
    main()
