"""Prints the tables of a results file as Markdown: medians over rounds, with the extremes.

    python report.py RESULTS [--texts N] [--machine]

Ratios are taken within each round, between runs that followed each other, and then the median of
the rounds is held against the bar.
"""

import argparse
import json
import statistics
from collections import defaultdict
from functools import partial
from importlib import metadata
from pathlib import Path

# Ours, theirs, and how many times their documents per CPU-second ours must reach.
RATE_BARS = [
    ("ours-f32", "openvino-f32", 1.25),
    ("ours-bf16", "openvino-bf16", 1.35),
    ("ours-int8", "openvino-int8", 1.5),
    ("ours-mixed", "openvino-int8", 1.3),
]
BAR_LENGTH = 256
MEMORY_SHARE = 0.5
LATENCY_SHARE = 1.0
CEILING_AIMS = {"ours-f32": 0.80, "ours-bf16": 0.75, "ours-int8": 0.70, "ours-mixed": 0.70}
COSINE_BARS = {"ours-bf16": 0.9999, "ours-int8": 0.998, "ours-mixed": 0.999}
PACKAGES = ("torch", "sentence-transformers", "transformers", "onnxruntime", "openvino", "nncf")


def read(path, texts):
    """The lines of runs of `texts` texts, by length, threads and engine, in order of rounds."""
    groups = defaultdict(list)
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["texts"] != texts:
            continue
        groups[line["max_tokens"], line["threads"], line["engine"]].append(line)
    for lines in groups.values():
        lines.sort(key=lambda line: line["round"])
    return groups


def rate(line):
    """Documents in a second of processor time."""
    return line["texts"] / line["cpu_s"]


def wall_rate(line):
    """Documents in a second of the clock."""
    return line["texts"] / line["wall_s"]


def error(statistic, line):
    """How far a run is from the Python library's vectors in 32 bits."""
    return 1 - line[f"cosine_{statistic}"]


def spread(values, digits=1):
    """The median, and the extremes where there are several values."""
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def table(head, rows):
    """A Markdown table."""
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def counted(number, noun):
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def settings_of(line):
    """The settings of a peer in one cell."""
    return ", ".join(f"{name} {value}" for name, value in line.get("settings", {}).items())


def engine_row(engine, lines):
    """One row of the table of a length and a number of threads."""
    def median(name):
        return statistics.median(line[name] for line in lines)

    shares = [line["ceiling"]["share"] for line in lines if "ceiling" in line]
    return [
        engine,
        spread([rate(line) for line in lines]),
        spread([wall_rate(line) for line in lines]),
        f"{max(line['peak_kib'] for line in lines) / 1024:.0f}",
        f"{median('cosine_min'):.6f}",
        f"{median('cosine_p1'):.6f}",
        f"{median('cosine_mean'):.6f}",
        spread([line["p50_ms"] for line in lines], 2),
        spread([line["p99_ms"] for line in lines], 2),
        f"{100 * statistics.median(shares):.0f} %" if shares else "",
        settings_of(lines[-1]),
    ]


def print_engines(groups, length, threads):
    """All engines at one length and number of threads, the fastest first."""
    found = {key[2]: lines for key, lines in groups.items() if key[:2] == (length, threads)}
    first = next(iter(found.values()))[0]
    rounds = max(len(lines) for lines in found.values())
    title = f"### {length} tokens, {counted(threads, 'thread')}"
    print(f"{title}: {first['texts']} texts, {counted(rounds, 'round')}\n")
    head = ["engine", "docs per CPU-second", "docs per second", "peak MiB", "cosine to f32: min"]
    head += ["1st percentile", "mean", "one query, p50 ms", "p99 ms", "of the matmul ceiling"]
    head += ["settings"]
    order = sorted(found, key=lambda engine: -statistics.median(map(rate, found[engine])))
    table(head, [engine_row(engine, found[engine]) for engine in order])


def pairs(ours, theirs, value):
    """The ratio of ours to theirs in each round that has both."""
    other = {line["round"]: line for line in theirs}
    return [
        value(line) / value(other[line["round"]]) for line in ours if line["round"] in other
    ]


def bar_row(what, values, bar, at_least=True, digits=2):
    """One row of the table of bars: median, extremes, the bar, and whether it is met."""
    middle = statistics.median(values)
    met = middle >= bar if at_least else middle <= bar
    sign = ">=" if at_least else "<="
    return [what, spread(values, digits), f"{sign} {bar}", "met" if met else "**not met**"]


def compared_rows(groups, length, threads):
    """Rows for the bars that hold ours against a peer."""
    rows = []
    for ours, theirs, bar in RATE_BARS:
        own, other = groups.get((length, threads, ours)), groups.get((length, threads, theirs))
        if not own or not other:
            continue
        name = f"{ours} to {theirs}"
        rows.append(bar_row(f"{name}: docs per CPU-second", pairs(own, other, rate), bar))
        memory = pairs(own, other, lambda line: line["peak_kib"])
        rows.append(bar_row(f"{name}: peak memory", memory, MEMORY_SHARE, at_least=False))
        latency = pairs(own, other, lambda line: line["p50_ms"])
        rows.append(bar_row(f"{name}: one query, p50", latency, LATENCY_SHARE, at_least=False))
        if theirs == "openvino-int8":
            for statistic in ("min", "mean"):
                errors = pairs(own, other, partial(error, statistic))
                what = f"{name}: 1 - cosine, {statistic}"
                rows.append(bar_row(what, errors, 1.0, at_least=False))
    return rows


def own_rows(groups, length, threads):
    """Rows for the bars that ours meets or misses alone."""
    rows = []
    exact = groups.get((length, threads, "ours-f32"))
    if exact:
        differences = [line["max_difference"] for line in exact]
        what = "ours-f32: largest difference of a number"
        row = bar_row(what, differences, 1e-5, at_least=False, digits=8)
        rows.append(row)
    for engine, bar in COSINE_BARS.items():
        lines = groups.get((length, threads, engine), [])
        if lines:
            cosines = [line["cosine_min"] for line in lines]
            rows.append(bar_row(f"{engine}: cosine to f32, min", cosines, bar, digits=6))
    for engine, aim in CEILING_AIMS.items():
        lines = groups.get((length, threads, engine), [])
        shares = [line["ceiling"]["share"] for line in lines if "ceiling" in line]
        if shares:
            rows.append(bar_row(f"{engine}: share of the matmul ceiling", shares, aim))
    return rows


def print_machine():
    """The processor and the versions of the peers."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    fields = [line.split(":", 1) for line in lines if ":" in line]
    model = next((value.strip() for name, value in fields if name.strip() == "model name"), "?")
    flags = next((value.split() for name, value in fields if name.strip() == "flags"), [])
    cores = sum(name.strip() == "processor" for name, _ in fields)
    known = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
    print(f"Processor: {cores} x {model}, with {', '.join(f for f in known if f in flags)}")
    print("Peers: " + ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES) + "\n")


def main():
    """Prints every table there are results for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--texts", type=int, default=2000, help="runs of so many texts")
    parser.add_argument("--machine", action="store_true", help="say what it ran on")
    options = parser.parse_args()
    groups = read(options.results, options.texts)
    if options.machine:
        print_machine()
    for length, threads in sorted({(length, threads) for length, threads, _ in groups}):
        print_engines(groups, length, threads)
    for threads in sorted({threads for length, threads, _ in groups if length == BAR_LENGTH}):
        rows = compared_rows(groups, BAR_LENGTH, threads) + own_rows(groups, BAR_LENGTH, threads)
        if rows:
            print(f"### Bars at {BAR_LENGTH} tokens, {counted(threads, 'thread')}\n")
            table(["what", "median (extremes)", "bar", ""], rows)


if __name__ == "__main__":
    main()
