"""Makes the model files of the peers from a sentence-transformers folder of a BERT encoder.

    python models.py --model FOLDER --calibration FILE --out FOLDER

Pooling (mean) and normalising are part of each graph, so that every runtime does them in its own
kernels. Written: `f32.onnx`, `f32-fused.onnx` (BERT fusions of ONNX Runtime), `int8-dynamic.onnx`,
`int8-dynamic-fused.onnx`, and for OpenVINO `f32-sdpa.xml`, `f32-eager.xml`, `int8-sdpa.xml`,
`int8-eager.xml` (quantised after training by NNCF). The two forms of attention
are compiled to different kernels; `tune.py` chooses between them. A file that is there is kept.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np  # noqa: E402  (the hub must be off before anything is imported)
import torch  # noqa: E402
from transformers import AutoModel  # noqa: E402

from tokens import load_tokenizer, pad  # noqa: E402

# Texts are calibrated alone, and cut where the encoder's own folder cuts them.
CALIBRATION_TOKENS = 256


class Pooled(torch.nn.Module):
    """An encoder with mean pooling over the mask and scaling to length one."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask, token_type_ids):
        """Returns vectors `[batch, dimension]` of ids, mask and types `[batch, tokens]`."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)


def load_pooled(folder, attention):
    """The pooled encoder in 32 bits with attention computed as `sdpa` or `eager`."""
    encoder = AutoModel.from_pretrained(folder, attn_implementation=attention)
    return Pooled(encoder.float().eval()).eval()


def calibration_batches(folder, path):
    """One dictionary of input arrays `[1, tokens]` for each text of the JSON list at `path`."""
    tokenizer = load_tokenizer(folder, CALIBRATION_TOKENS)
    texts = json.loads(path.read_text(encoding="utf-8"))
    return [pad([encoding]) for encoding in tokenizer.encode_batch_fast(texts)]


def example():
    """Input tensors of a small batch with padding, for tracing."""
    ids = torch.randint(1000, 20000, (2, 12))
    mask = torch.ones_like(ids)
    mask[1, 8:] = 0
    return ids, mask, torch.zeros_like(ids)


def write_onnx(folder, path):
    """Exports the pooled encoder with free batch and token dimensions."""
    names = ["input_ids", "attention_mask", "token_type_ids"]
    free = {name: {0: "batch", 1: "tokens"} for name in names}
    # The tracing exporter: the newer one writes the mask as a form that the BERT fusions of ONNX
    # Runtime do not know. Attention is written out for the same reason.
    torch.onnx.export(
        load_pooled(folder, "eager"),
        example(),
        str(path),
        input_names=names,
        output_names=["vectors"],
        dynamic_axes=free | {"vectors": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def write_fused_onnx(source, folder, path):
    """Fuses attention, layer norm and GELU with ONNX Runtime's own optimiser for BERT."""
    from onnxruntime.transformers import optimizer

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = optimizer.optimize_model(
        str(source),
        model_type="bert",
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
        opt_level=0,
    )
    print("models.py: fused operators:", model.get_fused_operator_statistics())
    model.save_model_to_file(str(path))


def write_dynamic_int8(source, path):
    """Quantises weights per channel; activations are quantised while running."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Fused operators are ONNX Runtime's own, so the type of what they give cannot be inferred.
    unknown = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(
        str(source),
        str(path),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options=unknown,
    )


def write_openvino(folder, attention, path):
    """Converts the pooled encoder from PyTorch, weights kept in 32 bits."""
    import openvino

    free = openvino.PartialShape([-1, -1])
    names = ["input_ids", "attention_mask", "token_type_ids"]
    converted = openvino.convert_model(
        load_pooled(folder, attention),
        example_input=dict(zip(names, example(), strict=True)),
        input=[(name, free, openvino.Type.i64) for name in names],
    )
    openvino.save_model(converted, str(path), compress_to_fp16=False)


def write_openvino_int8(source, batches, path):
    """Quantises after training with NNCF, in its mode for transformers."""
    import nncf
    import openvino

    model = openvino.Core().read_model(str(source))
    quantised = nncf.quantize(
        model,
        nncf.Dataset(batches),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(batches),
    )
    openvino.save_model(quantised, str(path), compress_to_fp16=False)


def make(path, write, *arguments):
    """Writes a file, and what goes with it, unless it is there; one that was begun is not kept."""
    if path.exists():
        return
    print(f"models.py: writing {path.name}", flush=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        write(*arguments, Path(folder) / path.name)
        # The file that names the others comes last.
        for made in sorted(Path(folder).iterdir(), key=lambda made: made.name == path.name):
            made.rename(path.parent / made.name)


def main():
    """Writes what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    parser.add_argument("--calibration", type=Path, required=True, help="JSON list of texts")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    np.random.seed(0)
    torch.manual_seed(0)
    batches = calibration_batches(options.model, options.calibration)
    out, folder = options.out, options.model
    plain, fused = out / "f32.onnx", out / "f32-fused.onnx"
    make(plain, write_onnx, folder)
    make(fused, write_fused_onnx, plain, folder)
    for source, name in ((plain, "int8-dynamic"), (fused, "int8-dynamic-fused")):
        make(out / f"{name}.onnx", write_dynamic_int8, source)
    for attention in ("sdpa", "eager"):
        full, small = out / f"f32-{attention}.xml", out / f"int8-{attention}.xml"
        make(full, write_openvino, folder, attention)
        make(small, write_openvino_int8, full, batches)


if __name__ == "__main__":
    main()
