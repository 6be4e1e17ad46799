"""What every peer's run shares: threads, processor time, memory, results that are kept."""

import json
import os
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def limit_threads(count):
    """Keeps every library to `count` threads; call before any of them is imported."""
    for name in (
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "LOKY_MAX_CPU_COUNT",
    ):
        os.environ[name] = str(count)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def children():
    """Ids of the living processes that descend from this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def processor_seconds():
    """User and system seconds of this process and its children, living and ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + ended.ru_utime + ended.ru_stime
    for child in children():
        try:
            fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        seconds += sum(int(field) for field in fields[11:15]) / TICKS
    return seconds


def peak_memory_kib():
    """The largest resident memory so far, of this process and each living child, added up."""
    total = 0
    for process in [os.getpid(), *children()]:
        try:
            lines = Path(f"/proc/{process}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return total


class Clock:
    """Wall and processor seconds from its making to `read`."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), processor_seconds()

    def read(self):
        """Seconds so far, as a dictionary."""
        wall, cpu = time.perf_counter() - self.wall, processor_seconds() - self.cpu
        return {"wall_s": round(wall, 3), "cpu_s": round(cpu, 3)}


def keep(path, result):
    """Writes a result whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    half.write_text(json.dumps(result), encoding="utf-8")
    half.rename(path)
    shown = {name: value for name, value in result.items() if not isinstance(value, list)}
    print(path, json.dumps(shown), flush=True)
