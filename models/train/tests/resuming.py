"""Runs a miniature training in one piece, and again in two."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

TRAIN = Path(__file__).resolve().parent.parent
ROOT = TRAIN.parents[1]
SCALE = "tiny,table.steps=12,table.checkpoint_steps=5,transformer.steps=6"


def stage(script, *arguments):
    command = [sys.executable, str(TRAIN / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 75):
        raise AssertionError(f"{script}: {done.stdout}{done.stderr}")
    return done.returncode


def prepare(work):
    """Everything before training, with made-up vectors of the teacher."""
    common = ["--work", str(work), "--scale", SCALE]
    stage("list_papers.py", "--data", str(ROOT / "data"), *common)
    for script in ("train_tokenizer.py", "write_texts.py", "write_terms.py", "encode_texts.py"):
        stage(script, *common)
    generator = np.random.default_rng(1)
    for view in ("titles", "segments", "documents", "terms"):
        with open(work / f"{view}.txt", encoding="utf-8") as lines:
            vectors = generator.normal(size=(sum(1 for _ in lines), 384))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors.astype("<f4").tofile(work / f"{view}.f32")


def run_twice(folder, student):
    """Weights of a training in one piece, and of one that stops after its first step."""
    whole, stopped = folder / "whole", folder / "stopped"
    whole.mkdir()
    prepare(whole)
    common = ["--scale", SCALE, "--threads", "1"]
    if student == "transformer":
        here = ["--work", str(whole), "--scale", SCALE]
        assert stage("cluster.py", *here) == 0
        assert stage("train.py", "table", *here, "--threads", "1") == 0
        assert stage("export.py", "table", *here, "--out", str(folder)) == 0
    shutil.copytree(whole, stopped)
    assert stage("train.py", student, "--work", str(whole), *common) == 0
    assert stage("train.py", student, "--work", str(stopped), *common, "--limit", "0") == 75
    assert stage("train.py", student, "--work", str(stopped), *common) == 0
    return tuple(
        torch.load(work / f"{student}.pt", weights_only=True) for work in (whole, stopped)
    )
