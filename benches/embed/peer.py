"""Runs one peer once, in a process of its own, and prints one JSON line.

    python peer.py --engine NAME --model FOLDER --made FOLDER --texts FOLDER --max-tokens N
                   --threads N --vectors FILE [--settings JSON]
"""

import argparse
import json
import os
import resource
import time
from pathlib import Path

NAMES = ("input_ids", "attention_mask", "token_type_ids")


def parse():
    """Reads the command line; `--settings` is merged into the defaults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", required=True, choices=sorted(ENGINES))
    parser.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    parser.add_argument("--made", type=Path, required=True, help="folder that models.py wrote")
    parser.add_argument("--texts", type=Path, required=True, help="folder that texts.py wrote")
    parser.add_argument("--limit", type=int, default=None, help="encode only the first of them")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--vectors", type=Path, help="where to write vectors, 32-bit little-endian")
    parser.add_argument("--settings", type=json.loads, default={}, help="settings of the engine")
    parser.add_argument("--no-latency", action="store_true", help="leave the short queries out")
    return parser.parse_args()


def limit_threads(count):
    """Keeps every library to `count` threads; call before any of them is imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(count)
    os.environ["TOKENIZERS_PARALLELISM"] = "false" if count == 1 else "true"
    os.environ["HF_HUB_OFFLINE"] = "1"


class Batched:
    """An engine that is given padded batches of texts sorted by length."""

    def __init__(self, options, settings):
        from tokens import load_tokenizer

        self.tokenizer = load_tokenizer(options.model, options.max_tokens)
        self.batch = settings["batch"]

    def encode(self, texts):
        """Unit vectors `[texts, dimension]` in the order of the texts."""
        import numpy as np
        from tokens import pad

        encodings = self.tokenizer.encode_batch_fast(texts)
        order = sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]
        inputs = (pad([encodings[row] for row in batch]) for batch in batches)
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for batch, output in zip(batches, self.run(inputs), strict=True):
            vectors[batch] = output
        return vectors

    def encode_one(self, text):
        """The unit vector of one short text, in the way with the least delay."""
        return self.encode([text])


class OnnxRuntime(Batched):
    """ONNX Runtime on its CPU provider."""

    defaults = {"batch": 32, "graph": "f32", "parallel": "operators"}

    def __init__(self, options, settings):
        import onnxruntime

        super().__init__(options, settings)
        session = onnxruntime.SessionOptions()
        self.workers = options.threads if settings["parallel"] == "requests" else 1
        session.intra_op_num_threads = options.threads // self.workers
        session.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(options.made / f"{settings['graph']}.onnx"),
            session,
            providers=["CPUExecutionProvider"],
        )
        self.names = [item.name for item in self.session.get_inputs()]

    def forward(self, arrays):
        return self.session.run(None, {name: arrays[name] for name in self.names})[0]

    def run(self, inputs):
        """Yields the vectors of each batch, several batches at once where set so."""
        if self.workers == 1:
            yield from map(self.forward, inputs)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.workers) as pool:
            yield from pool.map(self.forward, inputs)


class OpenVino(Batched):
    """OpenVINO on its CPU plugin, with one stream for each thread or one stream over all."""

    defaults = {"batch": 16, "graph": "f32-sdpa", "precision": "f32", "parallel": "requests"}

    def __init__(self, options, settings):
        import openvino
        import openvino.properties as properties
        from openvino.properties import hint

        super().__init__(options, settings)
        by_request = settings["parallel"] == "requests"
        streams = options.threads if by_request else 1
        mode = hint.PerformanceMode.THROUGHPUT if by_request else hint.PerformanceMode.LATENCY
        types = {"f32": openvino.Type.f32, "bf16": openvino.Type.bf16}
        self.core = openvino.Core()
        self.compiled = self.core.compile_model(
            str(options.made / f"{settings['graph']}.xml"),
            "CPU",
            {
                properties.inference_num_threads: options.threads,
                properties.num_streams: streams,
                hint.performance_mode: mode,
                hint.inference_precision: types[settings["precision"]],
            },
        )
        self.queue = openvino.AsyncInferQueue(self.compiled, streams)
        self.names = [next(n for n in item.get_names() if n in NAMES) for item in self.compiled.inputs]
        self.request = self.compiled.create_infer_request()

    def forward(self, arrays):
        """The vectors of one batch."""
        return self.request.infer([arrays[name] for name in self.names])[0].copy()

    def run(self, inputs):
        """The vectors of all batches, in their order."""
        outputs = {}

        def keep(request, number):
            outputs[number] = request.get_output_tensor(0).data.copy()

        self.queue.set_callback(keep)
        for number, arrays in enumerate(inputs):
            self.queue.start_async([arrays[name] for name in self.names], number)
        self.queue.wait_all()
        return [outputs[number] for number in range(len(outputs))]

    def encode_one(self, text):
        """One request that is waited for, without the queue."""
        from tokens import pad

        return self.forward(pad(self.tokenizer.encode_batch_fast([text])))

    def facts(self):
        """Which kernels the graph runs on: time-consuming layers by kind and precision."""
        counts = {}
        for node in self.compiled.get_runtime_model().get_ordered_ops():
            info = node.get_rt_info()
            kind = info["layerType"].astype(str)
            if kind in ("FullyConnected", "MatMul", "Subgraph", "MHA", "ScaledDotProductAttention"):
                key = f"{kind}/{info['primitiveType'].astype(str)}/{info['runtimePrecision'].astype(str)}"
                counts[key] = counts.get(key, 0) + 1
        return counts


class SentenceTransformers:
    """The Python library itself, on PyTorch."""

    defaults = {"batch": 32, "precision": "f32"}

    def __init__(self, options, settings):
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(options.threads)
        self.torch = torch
        self.model = SentenceTransformer(str(options.model), device="cpu")
        self.model.max_seq_length = options.max_tokens
        self.autocast = settings["precision"] == "autocast"
        if settings["precision"] == "bf16":
            self.model = self.model.bfloat16()
        self.batch = settings["batch"]

    def encode(self, texts):
        """Unit vectors `[texts, dimension]`; the library itself sorts by length."""
        with self.torch.autocast("cpu", dtype=self.torch.bfloat16, enabled=self.autocast):
            vectors = self.model.encode(
                texts,
                batch_size=self.batch,
                convert_to_tensor=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return vectors.float().numpy()

    def encode_one(self, text):
        """The unit vector of one short text."""
        return self.encode([text])


ENGINES = {
    "sentence-transformers-f32": (SentenceTransformers, {"precision": "f32"}),
    "sentence-transformers-bf16": (SentenceTransformers, {"precision": "autocast"}),
    "onnxruntime-f32": (OnnxRuntime, {"graph": "f32"}),
    "onnxruntime-int8": (OnnxRuntime, {"graph": "int8-dynamic"}),
    "openvino-f32": (OpenVino, {"precision": "f32", "graph": "f32-sdpa"}),
    "openvino-bf16": (OpenVino, {"precision": "bf16", "graph": "f32-sdpa"}),
    "openvino-int8": (OpenVino, {"precision": "f32", "graph": "int8-sdpa"}),
}


def peak_memory_kib():
    """The largest resident memory of the process so far, from the kernel."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def percentile(values, share):
    """The value below which `share` of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def latency(engine, queries):
    """Milliseconds of encoding one short query: median and 99th percentile over all of them."""
    for query in queries:
        engine.encode_one(query)
    times = []
    for query in queries:
        start = time.perf_counter()
        engine.encode_one(query)
        times.append(1e3 * (time.perf_counter() - start))
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99)}


def read_texts(folder, name):
    """A JSON list of strings."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def measure(engine, texts):
    """Processor and wall seconds of encoding all texts, and their vectors.

    A tenth of the texts is encoded first: shapes are compiled and memory is taken once by a
    process that goes on.
    """
    engine.encode(texts[:: max(1, len(texts) // 200)])
    wall, cpu = time.perf_counter(), time.process_time()
    vectors = engine.encode(texts)
    return time.perf_counter() - wall, time.process_time() - cpu, vectors


def main():
    """Measures and prints."""
    options = parse()
    limit_threads(options.threads)
    kind, preset = ENGINES[options.engine]
    settings = kind.defaults | preset | options.settings
    texts = read_texts(options.texts, "texts")[: options.limit]
    engine = kind(options, settings)
    wall, cpu, vectors = measure(engine, texts)
    line = {
        "engine": options.engine,
        "threads": options.threads,
        "max_tokens": options.max_tokens,
        "texts": len(texts),
        "wall_s": wall,
        "cpu_s": cpu,
        "peak_kib": peak_memory_kib(),
        "settings": settings,
    }
    if not options.no_latency:
        line |= latency(engine, read_texts(options.texts, "queries"))
    if hasattr(engine, "facts"):
        line["facts"] = engine.facts()
    if options.vectors:
        options.vectors.parent.mkdir(parents=True, exist_ok=True)
        vectors.astype("<f4").tofile(options.vectors)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
