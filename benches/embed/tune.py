"""Finds the settings that each peer is fastest with and writes them as JSON.

    python tune.py --model FOLDER --made FOLDER --texts FOLDER --threads N,... --engines NAME,...
                   --out FILE [--limit N] [--max-tokens N]

Setting by setting, in processes of their own, each value tried twice in turn; what encodes most
documents in a second of processor time is kept. What FILE already has is not tried again.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from engines import CHOICES, PEERS

HERE = Path(__file__).resolve().parent
REPEATS = 2


def rate(options, engine, threads, settings):
    """Documents in a second of processor time with these settings."""
    command = [sys.executable, str(HERE / "peer.py"), "--engine", engine, "--no-latency"]
    command += ["--model", str(options.model), "--made", str(options.made)]
    command += ["--texts", str(options.texts), "--limit", str(options.limit)]
    command += ["--max-tokens", str(options.max_tokens), "--threads", str(threads)]
    command += ["--settings", json.dumps(settings)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode != 0:
        sys.exit(f"tune.py: {engine} with {settings} failed:\n{ran.stderr[-2000:]}")
    line = json.loads(ran.stdout.splitlines()[-1])
    return line["texts"] / line["cpu_s"]


def tune(options, engine, threads):
    """The best settings, found one after the other."""
    kind, preset = PEERS[engine]
    best = kind.defaults | preset
    for name, values in CHOICES[engine].items():
        if name == "parallel" and threads == 1:
            continue  # with one thread both are the same
        rates = {value: 0.0 for value in values}
        for _ in range(REPEATS):
            for value in values:
                found = rate(options, engine, threads, best | {name: value})
                rates[value] = max(rates[value], found)
        best[name] = max(rates, key=rates.get)
        shown = ", ".join(f"{value} {found:.1f}" for value, found in rates.items())
        print(f"tune.py: {engine}, {threads} thread(s), {name}: {shown}", flush=True)
    return best


def main():
    """Tunes what is not tuned yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "made", "texts", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--threads", required=True)
    parser.add_argument("--engines", required=True)
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--max-tokens", type=int, default=256)
    options = parser.parse_args()
    tuned = json.loads(options.out.read_text()) if options.out.exists() else {}
    for engine in options.engines.split(","):
        for threads in options.threads.split(","):
            key = f"{engine} {threads}"
            if engine in CHOICES and key not in tuned:
                tuned[key] = tune(options, engine, int(threads))
                options.out.write_text(json.dumps(tuned, indent=1) + "\n")


if __name__ == "__main__":
    main()
