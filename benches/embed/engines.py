"""The peers, each as a class that turns a list of texts into unit vectors.

An engine has `encode(texts)`, which tokenises, pads, computes, pools and normalises, and
`encode_one(text)`, which does the same for one short text in the way that engine answers soonest.
Nothing heavy is imported before an engine is made, so that threads can be limited first.
"""

import numpy as np

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Batched:
    """An engine that is given padded batches of texts sorted by length."""

    def __init__(self, options, settings):
        from tokens import load_tokenizer

        self.tokenizer = load_tokenizer(options.model, options.max_tokens)
        self.batch = settings["batch"]

    def encode(self, texts):
        """Unit vectors `[texts, dimension]` in the order of the texts."""
        from tokens import pad

        encodings = self.tokenizer.encode_batch_fast(texts)
        order = sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))
        batches = [order[start : start + self.batch] for start in range(0, len(order), self.batch)]
        inputs = (pad([encodings[row] for row in batch]) for batch in batches)
        vectors = None
        for batch, output in zip(batches, self.run(inputs), strict=True):
            if vectors is None:
                vectors = np.empty((len(texts), output.shape[1]), dtype=np.float32)
            vectors[batch] = output
        return vectors

    def encode_one(self, text):
        """The unit vector of one short text."""
        from tokens import pad

        return self.answer(pad(self.tokenizer.encode_batch_fast([text])))


class OnnxRuntime(Batched):
    """ONNX Runtime on its CPU provider; several batches at once, or one over all threads."""

    defaults = {"batch": 16, "graph": "f32", "parallel": "requests"}

    def __init__(self, options, settings):
        super().__init__(options, settings)
        self.graph = str(options.made / f"{settings['graph']}.onnx")
        self.threads = options.threads
        self.workers = options.threads if settings["parallel"] == "requests" else 1
        self.session = self.open(self.threads // self.workers)
        self.names = [item.name for item in self.session.get_inputs()]
        self.soonest = None

    def open(self, threads):
        """A session of the graph that computes each batch on `threads`."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            self.graph, options, providers=["CPUExecutionProvider"]
        )

    def forward(self, arrays, session=None):
        """The vectors of one batch."""
        inputs = {name: arrays[name] for name in self.names}
        return (session or self.session).run(None, inputs)[0]

    def run(self, inputs):
        """Yields the vectors of each batch."""
        if self.workers == 1:
            yield from map(self.forward, inputs)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(self.workers) as pool:
            yield from pool.map(self.forward, inputs)

    def answer(self, arrays):
        """One batch over all threads."""
        if self.soonest is None:
            self.soonest = self.session if self.workers == 1 else self.open(self.threads)
        return self.forward(arrays, self.soonest)


class OpenVino(Batched):
    """OpenVINO on its CPU plugin; one stream for each thread, or one stream over all."""

    defaults = {"batch": 16, "graph": "f32-sdpa", "precision": "f32", "parallel": "requests"}

    def __init__(self, options, settings):
        super().__init__(options, settings)
        import openvino

        self.graph = str(options.made / f"{settings['graph']}.xml")
        self.precision = settings["precision"]
        self.threads = options.threads
        self.streams = options.threads if settings["parallel"] == "requests" else 1
        self.compiled = self.compile(self.streams)
        self.queue = openvino.AsyncInferQueue(self.compiled, self.streams)
        self.names = [
            next(name for name in item.get_names() if name in INPUTS)
            for item in self.compiled.inputs
        ]
        self.soonest = None

    def compile(self, streams):
        """The graph with its threads shared by `streams` streams."""
        import openvino
        from openvino import properties
        from openvino.properties import hint

        modes = hint.PerformanceMode
        types = {"f32": openvino.Type.f32, "bf16": openvino.Type.bf16}
        settings = {
            properties.inference_num_threads: self.threads,
            properties.num_streams: streams,
            hint.performance_mode: modes.LATENCY if streams == 1 else modes.THROUGHPUT,
            hint.inference_precision: types[self.precision],
        }
        return openvino.Core().compile_model(self.graph, "CPU", settings)

    def run(self, inputs):
        """The vectors of all batches."""
        outputs = {}

        def keep(request, number):
            outputs[number] = request.get_output_tensor(0).data.copy()

        self.queue.set_callback(keep)
        for number, arrays in enumerate(inputs):
            self.queue.start_async([arrays[name] for name in self.names], number)
        self.queue.wait_all()
        return [outputs[number] for number in range(len(outputs))]

    def answer(self, arrays):
        """One batch over all threads, waited for."""
        if self.soonest is None:
            one = self.compiled if self.streams == 1 else self.compile(1)
            self.soonest = one.create_infer_request()
        return self.soonest.infer([arrays[name] for name in self.names])[0]

    def facts(self):
        """Which kernels the costly layers run on: `kind/kernel/precision` and how many of them."""
        costly = ("FullyConnected", "MatMul", "Subgraph", "MHA", "ScaledDotProductAttention")
        counts = {}
        for node in self.compiled.get_runtime_model().get_ordered_ops():
            info = node.get_rt_info()
            kind = info["layerType"].astype(str)
            if kind.startswith(costly):
                kernel, precision = info["primitiveType"], info["runtimePrecision"]
                name = f"{kind}/{kernel.astype(str)}/{precision.astype(str)}"
                counts[name] = counts.get(name, 0) + 1
        return counts


class SentenceTransformers:
    """The Python library itself, on PyTorch; it sorts by length and pads."""

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
        """Unit vectors `[texts, dimension]`."""
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


# What each engine is, and what of its settings is not free.
PEERS = {
    "sentence-transformers-f32": (SentenceTransformers, {"precision": "f32"}),
    "sentence-transformers-bf16": (SentenceTransformers, {"precision": "autocast"}),
    "onnxruntime-f32": (OnnxRuntime, {"graph": "f32"}),
    "onnxruntime-int8": (OnnxRuntime, {"graph": "int8-dynamic"}),
    "openvino-f32": (OpenVino, {"precision": "f32"}),
    "openvino-bf16": (OpenVino, {"precision": "bf16"}),
    "openvino-int8": (OpenVino, {"precision": "bf16", "graph": "int8-sdpa"}),
}

# What is tried of each engine, setting by setting, the best so far kept. ONNX Runtime's static
# int8 is left out: it was slower than the dynamic one and its vectors were useless (mean cosine
# 0.94).
CHOICES = {
    "sentence-transformers-f32": {"batch": [16, 32, 64]},
    "sentence-transformers-bf16": {"precision": ["autocast", "bf16"], "batch": [16, 32, 64]},
    "onnxruntime-f32": {
        "graph": ["f32", "f32-fused"],
        "parallel": ["requests", "operators"],
        "batch": [4, 8, 16, 32],
    },
    "onnxruntime-int8": {
        "graph": ["int8-dynamic", "int8-dynamic-fused"],
        "parallel": ["requests", "operators"],
        "batch": [4, 8, 16, 32],
    },
    "openvino-f32": {
        "graph": ["f32-sdpa", "f32-eager"],
        "parallel": ["requests", "operators"],
        "batch": [4, 8, 16, 32],
    },
    "openvino-bf16": {
        "graph": ["f32-sdpa", "f32-eager"],
        "parallel": ["requests", "operators"],
        "batch": [4, 8, 16, 32],
    },
    "openvino-int8": {
        "graph": ["int8-sdpa", "int8-eager"],
        "precision": ["f32", "bf16"],
        "parallel": ["requests", "operators"],
        "batch": [4, 8, 16, 32],
    },
}


def make(name, options, changes):
    """The engine called `name`, and the settings it was made with."""
    kind, preset = PEERS[name]
    settings = kind.defaults | preset | changes
    return kind(options, settings), settings
