"""Runs every engine in turn, round after round, and writes one JSON line for each run.

    python schedule.py --model FOLDER --work FOLDER --binaries FOLDER --engines NAME,...
                       --lengths N,... --threads N,... --rounds N [--texts N] [--resume]
                       [--peaks FILE]
    python schedule.py --expand NAME,...      (prints the engines that the names stand for)

Each run is a process of its own. Within a round the engines follow each other for each length and
thread count, so that the noise of a shared machine falls on all alike. WORK holds what texts.py,
models.py and tune.py wrote; the lines go to WORK/results.jsonl. With --resume the runs that are
there are not run again.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from engines import PEERS

HERE = Path(__file__).resolve().parent
REFERENCE = "sentence-transformers-f32"
OURS = ("f32", "bf16", "mixed", "int8")
GROUPS = {
    "ours": [f"ours-{dtype}" for dtype in OURS],
    "peers": [*PEERS, "candle"],
    # Ours without what newer processors have, whatever this one is.
    "levels": [f"ours-{dtype}-{level}" for level in ("avx512", "avx2") for dtype in OURS],
}
# Engines of one number type are neighbours: what is compared is run close together.
ORDER = [
    "ours-f32",
    "openvino-f32",
    "onnxruntime-f32",
    "sentence-transformers-f32",
    "ours-bf16",
    "openvino-bf16",
    "sentence-transformers-bf16",
    "ours-mixed",
    "openvino-int8",
    "ours-int8",
    "onnxruntime-int8",
    "candle",
    *GROUPS["levels"],
]


def expand(names):
    """The engines that a list of names, groups and beginnings of names stands for, in order."""
    wanted = set()
    for name in names.split(","):
        if name == "all":
            found = GROUPS["ours"] + GROUPS["peers"]
        elif name in GROUPS:
            found = GROUPS[name]
        elif name in ORDER:
            found = [name]
        else:
            found = [engine for engine in ORDER if engine.startswith(name)]
        if not found:
            known = ", ".join(["all", *GROUPS, *ORDER])
            sys.exit(f"schedule.py: no engine `{name}`; there are {known}")
        wanted |= set(found)
    return [engine for engine in ORDER if engine in wanted]


def in_turn(engines, number):
    """The engines of a round: every second round runs backwards, so that no engine always leads."""
    return engines if number % 2 else engines[::-1]


def command_of(options, engine, length, threads, vectors):
    """The command line of one run."""
    common = ["--model", str(options.model), "--texts", str(options.work / "texts")]
    common += ["--max-tokens", str(length), "--threads", str(threads), "--vectors", str(vectors)]
    common += ["--limit", str(options.texts)]
    if engine == "candle":
        return [str(options.binaries / "embed_candle"), *common]
    if engine.startswith("ours-"):
        dtype, _, level = engine.removeprefix("ours-").partition("-")
        command = [str(options.binaries / "embed"), "--dtype", dtype]
        command += ["--instructions", level] if level else []
        # The peaks are those of all that the processor has.
        peaks = ["--ceiling", str(options.peaks)] if options.peaks and not level else []
        return [*command, *common, *peaks]
    tuned = options.tuned.get(f"{engine} {threads}", {})
    command = [sys.executable, str(HERE / "peer.py"), "--engine", engine, *common]
    return [*command, "--made", str(options.work / "made"), "--settings", json.dumps(tuned)]


def run(command, threads, engine):
    """Runs one engine and returns what it printed."""
    # candle and the tokenizers of every engine take their number of threads from here.
    environment = os.environ | {"RAYON_NUM_THREADS": str(threads)}
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    if ran.returncode != 0:
        sys.exit(f"schedule.py: {engine} failed: {' '.join(command)}\n{ran.stderr[-3000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def read_vectors(path, dimension):
    """Rows of 32-bit floats as 64-bit ones, each scaled to length one."""
    rows = np.fromfile(path, "<f4").reshape(-1, dimension).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def agreement(path, reference, dimension):
    """Cosines of the vectors of one run to those of the Python library in 32 bits."""
    found, expected = read_vectors(path, dimension), read_vectors(reference, dimension)
    if found.shape != expected.shape:
        sys.exit(f"schedule.py: {path} has shape {found.shape}, {reference} has {expected.shape}")
    cosines = (found * expected).sum(axis=1)
    return {
        "cosine_min": float(cosines.min()),
        "cosine_p1": float(np.percentile(cosines, 1)),
        "cosine_mean": float(cosines.mean()),
        "max_difference": float(np.abs(found - expected).max()),
    }


def reference_vectors(options, length):
    """The file of the vectors that every engine is held against; made where it is missing."""
    path = options.work / "vectors" / f"reference-{length}-{options.texts}.f32"
    if not path.exists():
        print(f"schedule.py: reference vectors at {length} tokens", flush=True)
        threads = os.cpu_count() or 1
        partial = path.with_suffix(".partial")
        command = command_of(options, REFERENCE, length, threads, partial)
        run([*command, "--no-latency"], threads, REFERENCE)
        partial.rename(path)
    return path


def key_of(line):
    """What tells one run from another."""
    return (line["texts"], line["round"], line["max_tokens"], line["threads"], line["engine"])


def read_results(path):
    """The lines of earlier runs; a last line cut short by a stop is dropped."""
    lines = []
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except json.JSONDecodeError:
                break
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return lines


def one_run(options, key):
    """Runs one engine and returns its line with round, load and agreement added."""
    _, number, length, threads, engine = key
    reference = reference_vectors(options, length)
    vectors = options.work / "vectors" / f"{engine}-{length}.f32"
    load = os.getloadavg()[0]
    line = run(command_of(options, engine, length, threads, vectors), threads, engine)
    line |= {"engine": engine, "round": number, "load": load}
    return line | agreement(vectors, reference, line["dimension"])


def parse():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "work", "binaries"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("engines", "lengths", "threads"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--peaks", type=Path, help="JSON of measured peaks, for the ceiling")
    return parser.parse_args()


def main():
    """Runs what is missing."""
    if sys.argv[1:2] == ["--expand"]:
        print(",".join(expand(sys.argv[2])))
        return
    options = parse()
    tuned = options.work / "tuned.json"
    options.tuned = json.loads(tuned.read_text()) if tuned.exists() else {}
    (options.work / "vectors").mkdir(parents=True, exist_ok=True)
    results = options.work / "results.jsonl"
    if not options.resume:
        results.unlink(missing_ok=True)
    done = {key_of(line) for line in read_results(results)}
    keys = [
        (options.texts, number, length, threads, engine)
        for number in range(1, options.rounds + 1)
        for length in map(int, options.lengths.split(","))
        for threads in map(int, options.threads.split(","))
        for engine in in_turn(expand(options.engines), number)
    ]
    for key in keys:
        if key in done:
            continue
        line = one_run(options, key)
        with open(results, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        rate = line["texts"] / line["cpu_s"]
        _, number, length, threads, engine = key
        place = f"round {number}, {length} tokens, {threads} thread(s), {engine}"
        print(f"schedule.py: {place}: {rate:.1f} documents per CPU-second", flush=True)


if __name__ == "__main__":
    main()
