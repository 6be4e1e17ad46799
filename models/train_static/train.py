"""Stage 3: contrastive training of the token table, resumable from its last checkpoint."""

import argparse
import csv
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_matrix

from corpus import load_config
from views import Corpus, Sampler


def sparse(matrix):
    """A scipy CSR matrix as a torch one, sharing memory."""
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr),
        torch.from_numpy(matrix.indices),
        torch.from_numpy(matrix.data),
        size=matrix.shape,
        check_invariants=False,
    )


class Side:
    """One side of a batch, ready to multiply with the table forwards and backwards."""

    def __init__(self, bags, vocabulary):
        rows = csr_matrix(
            (bags.weights, bags.tokens, bags.starts), shape=(len(bags.starts) - 1, vocabulary)
        )
        self.forward = sparse(rows)
        self.backward = sparse(rows.T.tocsr())


def contrast(left, right, temperature):
    """Symmetric InfoNCE with in-batch negatives: loss and gradients of both sides.

    Written out by hand because one exponential serves both directions; unit vectors bound the
    logits, so that subtracting the largest possible one keeps it in range.
    """
    lengths = [side.norm(dim=1, keepdim=True).clamp_min(1e-12) for side in (left, right)]
    a, b = left / lengths[0], right / lengths[1]
    weights = (a @ b.T).sub_(1.0).div_(temperature).exp_()
    own = weights.diagonal().clone()
    row, column = weights.sum(dim=1), weights.sum(dim=0)
    loss = -(0.5 * (own / row).log() + 0.5 * (own / column).log()).mean()
    weights.mul_(0.5 / row[:, None] + 0.5 / column[None, :])
    weights.diagonal().sub_(1.0)
    weights.div_(temperature * len(a))
    gradients = []
    for gradient, side, length in ((weights @ b, a, lengths[0]), (weights.T @ a, b, lengths[1])):
        along = (gradient * side).sum(dim=1, keepdim=True)
        gradients.append((gradient - side * along) / length)
    return float(loss), *gradients


class Trainer:
    """The table (direction per token times weight per token) and its optimiser."""

    def __init__(self, corpus, settings, seed):
        self.settings = settings
        # What a checkpoint rests on: one made with anything else is not taken up.
        self.recipe = json.dumps([settings, seed, len(corpus.tokens), int(corpus.tokens.sum())])
        generator = torch.Generator().manual_seed(seed)
        width = settings["dimensions"][0]
        start = torch.randn(corpus.vocabulary, width, generator=generator) / width**0.5
        frequency = np.bincount(corpus.tokens, minlength=corpus.vocabulary) / len(corpus.tokens)
        a = settings["frequency_scale"]
        weight = torch.from_numpy(np.log(a / (a + frequency))).float()
        self.directions = torch.nn.Parameter(start)
        self.log_weights = torch.nn.Parameter(weight)
        rate = settings["learning_rate"]
        self.optimizer = torch.optim.Adam(
            [
                {"params": [self.directions], "share": rate},
                {"params": [self.log_weights], "share": rate * settings["weight_rate"]},
            ],
            fused=True,
        )

    def table(self):
        """The embedding table: one row per token."""
        return self.directions.detach() * self.log_weights.detach().exp()[:, None]

    def rate(self, step):
        """Learning-rate factor: linear warm-up, then linear decay to zero."""
        warm = self.settings["warmup_steps"]
        return min((step + 1) / warm, (self.settings["steps"] - step) / self.settings["steps"])

    def step(self, step, left, right):
        """One update; returns the loss at the full dimension."""
        table = self.table()
        sides = [left.forward @ table, right.forward @ table]
        gradients = [torch.zeros_like(side) for side in sides]
        losses = []
        dimensions = self.settings["dimensions"]
        for width, weight in zip(dimensions, self.settings["dimension_weights"], strict=True):
            loss, *parts = contrast(*(s[:, :width] for s in sides), self.settings["temperature"])
            losses.append(loss)
            for gradient, part in zip(gradients, parts, strict=True):
                gradient[:, :width].add_(part, alpha=weight)
        update = left.backward @ gradients[0] + right.backward @ gradients[1]
        self.directions.grad = update * self.log_weights.detach().exp()[:, None]
        self.log_weights.grad = (update * table).sum(dim=1)
        for group in self.optimizer.param_groups:
            group["lr"] = group["share"] * self.rate(step)
        self.optimizer.step()
        return losses[0]

    def state(self, step, log):
        return {
            "recipe": self.recipe,
            "step": step,
            "log": log,
            "directions": self.directions.detach(),
            "log_weights": self.log_weights.detach(),
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state):
        """Step and log of a checkpoint taken over, or nothing if its recipe differs."""
        if state["recipe"] != self.recipe:
            return 0, []
        with torch.no_grad():
            self.directions.copy_(state["directions"])
            self.log_weights.copy_(state["log_weights"])
        self.optimizer.load_state_dict(state["optimizer"])
        return state["step"], state["log"]


def write_log(path, log):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["step", "kind", "loss"])
        writer.writerows(log)


def train(corpus, config, checkpoint):
    """Runs all steps, from the checkpoint where there is one; returns table and log."""
    settings = config["train"]
    trainer = Trainer(corpus, settings, config["seed"])
    sampler = Sampler(corpus, settings, config["seed"])
    first, log = 0, []
    if checkpoint.exists():
        first, log = trainer.restore(torch.load(checkpoint, weights_only=True))
        print(f"train: going on from step {first}" if first else "train: settings changed, from 0")

    def prepare(step):
        kind, left, right = sampler.batch(step)
        return kind, Side(left, corpus.vocabulary), Side(right, corpus.vocabulary)

    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming = ahead.submit(prepare, first)
        for step in range(first, settings["steps"]):
            kind, left, right = coming.result()
            coming = ahead.submit(prepare, step + 1)
            loss = trainer.step(step, left, right)
            if step % 20 == 0:
                log.append((step, kind, round(loss, 4)))
            done = step + 1
            if done % settings["checkpoint_steps"] == 0 and done < settings["steps"]:
                partial = checkpoint.with_suffix(".partial")
                torch.save(trainer.state(done, log), partial)
                partial.rename(checkpoint)
            if done % 100 == 0:
                seconds = time.monotonic() - started
                print(f"train: step {done}, {kind} loss {loss:.3f}, {seconds:.0f} s", flush=True)
    return trainer.table().numpy(), log


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prepared", required=True)
    parser.add_argument("--out", required=True, help="table as .npy; log beside it as .csv")
    parser.add_argument("--config")
    arguments = parser.parse_args()
    # 16-bit inputs with 32-bit sums where the processor can: twice as fast, same quality.
    torch.set_float32_matmul_precision("medium")
    out = Path(arguments.out)
    checkpoint = out.with_suffix(".checkpoint")
    table, log = train(Corpus(arguments.prepared), load_config(arguments.config), checkpoint)
    write_log(out.with_suffix(".csv"), log)
    partial = out.with_suffix(".partial.npy")
    np.save(partial, table)
    partial.rename(out)
    checkpoint.unlink(missing_ok=True)
    print(f"train: table {table.shape[0]} x {table.shape[1]}, CPU {time.process_time():.0f} s")


if __name__ == "__main__":
    main()
