"""Runs one peer once, in a process of its own, and prints one JSON line.

    python peer.py --engine NAME --model FOLDER --made FOLDER --texts FOLDER
                   [--max-tokens N] [--threads N] [--limit N] [--settings JSON] [--vectors FILE]

Tokenising, padding, pooling and normalising are inside the timed part. Processor time is that of
the whole process, all threads, user and system.
"""

import argparse
import json
import os
import time
from pathlib import Path

from engines import PEERS, make

WARM_UP_TEXTS = 200


def parse():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", required=True, choices=sorted(PEERS))
    parser.add_argument("--model", type=Path, required=True, help="sentence-transformers folder")
    parser.add_argument("--made", type=Path, required=True, help="folder that models.py wrote")
    parser.add_argument("--texts", type=Path, required=True, help="folder that texts.py wrote")
    parser.add_argument("--limit", type=int, default=None, help="encode only the first of them")
    parser.add_argument("--max-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--settings", type=json.loads, default={}, help="settings to change")
    parser.add_argument("--vectors", type=Path, help="where to write vectors, 32-bit little-endian")
    parser.add_argument("--no-latency", action="store_true", help="leave the short queries out")
    return parser.parse_args()


def limit_threads(count):
    """Keeps every library to `count` threads; call before any of them is imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(count)
    os.environ["TOKENIZERS_PARALLELISM"] = "false" if count == 1 else "true"
    os.environ["HF_HUB_OFFLINE"] = "1"


def read_texts(folder, name):
    """A JSON list of strings."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def peak_memory_kib():
    """The largest resident memory of the process so far, from the kernel."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise SystemExit("peer.py: /proc/self/status has no VmHWM")


def percentile(values, share):
    """The value at `share` of the way through the sorted values."""
    return sorted(values)[int(share * (len(values) - 1))]


def measure(engine, texts):
    """Seconds (wall, processor) of encoding all texts, and their vectors.

    Some texts of every length are encoded first: a process that goes on compiles its kernels and
    takes its memory once.
    """
    engine.encode(texts[:: max(1, len(texts) // WARM_UP_TEXTS)])
    wall, cpu = time.perf_counter(), time.process_time()
    vectors = engine.encode(texts)
    return time.perf_counter() - wall, time.process_time() - cpu, vectors


def latency(engine, queries):
    """Milliseconds of encoding one short query, after all of them were encoded once."""
    for query in queries:
        engine.encode_one(query)
    times = []
    for query in queries:
        start = time.perf_counter()
        engine.encode_one(query)
        times.append(1e3 * (time.perf_counter() - start))
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99)}


def main():
    """Measures and prints."""
    options = parse()
    limit_threads(options.threads)
    texts = read_texts(options.texts, "texts")[: options.limit]
    engine, settings = make(options.engine, options, options.settings)
    wall, cpu, vectors = measure(engine, texts)
    line = {
        "engine": options.engine,
        "threads": options.threads,
        "max_tokens": options.max_tokens,
        "texts": len(texts),
        "dimension": int(vectors.shape[1]),
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
