"""Stage 6: the teacher's vectors of texts, one file of 32-bit floats per view.

Goes on where an earlier run stopped.

With `--program` the vectors come from our own engine (`crates/kindred-embed/examples/vectors.rs`,
several times faster on processors), else from the Python library, on a GPU where there is one.
"""

import json
import subprocess
import time
from itertools import islice

import numpy as np

from stages import VIEWS, command_line

CHUNK = 16_384
# More than there are terms: the teacher reads all of them.
MOST = 1 << 40


def by_program(program, model, texts, out, settings, count):
    numbers = settings["dtype"], settings["threads"], count
    subprocess.run([program, model, texts, out, *map(str, numbers)], check=True)


def by_library(model, texts, out, settings, count, limit):
    """Appends rows for the lines that have none yet; says whether all were done in time."""
    import torch
    from sentence_transformers import SentenceTransformer

    device = "cuda" if torch.cuda.is_available() else "cpu"
    teacher = SentenceTransformer(str(model), device=device)
    if device == "cuda":
        teacher = teacher.half()
    row = 4 * settings["width"]
    with open(out, "ab") as stream, open(texts, encoding="utf-8") as lines:
        done = stream.tell() // row
        stream.truncate(done * row)
        lines = islice(lines, done, count)
        while chunk := [line.rstrip("\n") for line in islice(lines, CHUNK)]:
            vectors = teacher.encode(
                chunk, batch_size=settings["batch"], normalize_embeddings=True
            )
            stream.write(np.asarray(vectors, dtype="<f4").tobytes())
            if limit is not None and time.monotonic() > limit:
                return False
    return True


def main():
    arguments, config = command_line(
        __doc__,
        ("--teacher", {"required": True, "help": "a sentence-transformers folder"}),
        ("--program", {"help": "the example `vectors` of crates/kindred-embed"}),
        ("--limit", {"type": float, "help": "stop after these seconds"}),
    )
    work, settings = arguments.work, config["teacher"]
    limit = None if arguments.limit is None else time.monotonic() + arguments.limit
    for view in VIEWS:
        texts, out = work / f"{view}.txt", work / f"{view}.f32"
        count = MOST if view == "terms" else settings["papers"]
        if arguments.program:
            by_program(arguments.program, arguments.teacher, texts, out, settings, count)
        elif not by_library(arguments.teacher, texts, out, settings, count, limit):
            print("teacher: stopped, run again to go on")
            raise SystemExit(75)
        print(f"teacher: {view} done", flush=True)
    # What later stages rest on: how many rows there are of each view.
    sizes = {view: (work / f"{view}.f32").stat().st_size for view in VIEWS}
    (work / "teacher.done").write_text(json.dumps(sizes) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
