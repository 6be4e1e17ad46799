"""Stages 8 and 10: trains a student, the table or the transformer; resumes from its checkpoint."""

import csv
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from batches import Corpus, Sampler, texts_of
from export import student_state
from losses import LOSSES, Objective
from stages import VIEWS, command_line, finish
from students import Table, Transformer, pooled_vectors


class Trainer:
    """A student, its objective, its optimisers and the running mean of its weights."""

    def __init__(self, student, objective, groups, settings):
        self.student, self.objective, self.settings = student, objective, settings
        rate = settings["learning_rate"]
        heads = {"params": list(objective.parameters()), "rate": rate, "weight_decay": 0.0}
        # Matrices between layers by Muon (Jordan et al. 2024), steps of AdamW's typical size.
        optimizer = settings["optimizer"]
        if optimizer not in ("adamw", "muon"):
            raise SystemExit(f"config.toml: optimizer is `{optimizer}`, expected adamw or muon")
        by_muon = optimizer == "muon"
        kinds = [(group.pop("matrices", False) and by_muon, group) for group in groups]
        matrices = [group for muon, group in kinds if muon]
        others = [group for muon, group in kinds if not muon]
        self.optimizers = [torch.optim.AdamW([*others, heads], betas=(0.9, 0.98), fused=True)]
        if matrices:
            self.optimizers.append(torch.optim.Muon(matrices, adjust_lr_fn="match_rms_adamw"))
        self.mean = [p.detach().clone() for p in student.parameters()]
        self.recipe = ""

    def factor(self, step):
        """Learning rate relative to its height: linear up, level, then linear to zero."""
        settings = self.settings
        up = (step + 1) / settings["warmup_steps"]
        down = (settings["steps"] - step) / (settings["steps"] * settings["decay_share"])
        return min(1.0, up, down)

    def step(self, step, batch, labels):
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * self.factor(step)
            optimizer.zero_grad()
        device = self.mean[0].device
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.settings["bfloat16"]):
            student = self.student(batch.texts)
        total, parts = self.objective(student, batch, *(part.to(device) for part in labels))
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), self.settings["clip"])
        for optimizer in self.optimizers:
            optimizer.step()
        keep = min(self.settings["mean_decay"], (step + 1) / (step + 10))
        with torch.no_grad():
            for mean, parameter in zip(self.mean, self.student.parameters(), strict=True):
                mean.lerp_(parameter, 1 - keep)
        return parts

    def state(self, step, log):
        return {
            "recipe": self.recipe,
            "step": step,
            "log": log,
            "student": self.student.state_dict(),
            "objective": self.objective.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "mean": self.mean,
        }

    def restore(self, state):
        self.student.load_state_dict(state["student"])
        self.objective.load_state_dict(state["objective"])
        for optimizer, own in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(own)
        self.mean = state["mean"]

    def averaged(self):
        """The student's state with the mean weights in the place of the last ones."""
        names = [name for name, _ in self.student.named_parameters()]
        return {**self.student.state_dict(), **dict(zip(names, self.mean, strict=True))}


def make_student(kind, config, corpus, work):
    """The student and its parameter groups."""
    settings, model = config[kind], config["model"]
    if kind == "table":
        tokens = np.concatenate([corpus.tokens["titles"], corpus.tokens["segments"]])
        frequency = np.bincount(tokens, minlength=corpus.vocabulary) / len(tokens)
        student = Table(corpus.vocabulary, model["width"], frequency, settings)
        return student, student.groups(settings["learning_rate"])
    table = torch.load(work / "table.start.pt", weights_only=True)
    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    specials = {"cls": tokenizer.token_to_id("[CLS]"), "sep": tokenizer.token_to_id("[SEP]")}
    student = Transformer({**model, **specials}, table)
    return student, student.groups(settings["learning_rate"], settings["table_share"])


def start(student, objective, corpus, papers, centre):
    """Aligns the teacher's head with what the student gives now; before, with `centre`, takes the
    mean vector off."""
    with torch.no_grad():
        pooled = pooled_vectors(student, texts_of(corpus, papers))
        if centre:
            student.map.bias.copy_(-pooled.mean(dim=0))
        vectors = functional.normalize(student.map(pooled), dim=1)
    teacher = np.array(corpus.teacher["documents"][corpus.documents[:papers]])
    objective.align(vectors.cpu(), torch.from_numpy(teacher))


def begin(trainer, path, config, corpus):
    """Starts from another training's checkpoint, or from a folder that one was exported to."""
    if path.is_dir():
        trainer.student.load_state_dict(student_state(path, config["model"]))
        papers = config["transformer"]["start_papers"]
        start(trainer.student, trainer.objective, corpus, papers, centre=False)
    else:
        state = torch.load(path, weights_only=True, map_location=trainer.mean[0].device)
        names = [name for name, _ in trainer.student.named_parameters()]
        trainer.student.load_state_dict(dict(zip(names, state["mean"], strict=True)))
        trainer.objective.load_state_dict(state["objective"])
    trainer.mean = [p.detach().clone() for p in trainer.student.parameters()]


def write_log(path, log):
    with finish(path) as partial, open(partial, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["step", "kind", *LOSSES, "cpu_seconds"])
        writer.writerows(log)


def made_with(kind, config, corpus, source):
    """What a checkpoint rests on, as one line: one made with anything else is not taken up."""
    sizes = {view: [len(corpus.tokens[view]), len(corpus.teacher[view])] for view in VIEWS}
    begins = None
    if source is not None:
        weights = source / "model.safetensors" if source.is_dir() else source
        with open(weights, "rb") as stream:
            begins = hashlib.file_digest(stream, "sha256").hexdigest()
    parts = [config[kind], config["model"], config["seed"], sizes, begins]
    return json.dumps(parts, sort_keys=True)


def set_up(kind, config, corpus, work, source):
    """The trainer, on the GPU where there is one, and the step and log that it goes on from."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    settings = config[kind]
    torch.manual_seed(config["seed"])
    student, groups = make_student(kind, config, corpus, work)
    widths = config["model"]["width"], config["teacher"]["width"]
    objective = Objective(*widths, corpus.label_count, settings)
    student, objective = student.to(device), objective.to(device)
    trainer = Trainer(student, objective, groups, settings)
    trainer.recipe = made_with(kind, config, corpus, source)
    checkpoint = work / f"{kind}.checkpoint"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location=device)
        if state["recipe"] == trainer.recipe:
            trainer.restore(state)
            print(f"{kind}: going on from step {state['step']}", flush=True)
            return trainer, state["step"], state["log"]
        print(f"{kind}: settings or data changed since the checkpoint, from the start", flush=True)
    if source is not None:
        begin(trainer, source, config, corpus)
    elif kind == "transformer":
        start(student, objective, corpus, settings["start_papers"], centre=True)
    return trainer, 0, []


def train(kind, config, arguments):
    """Runs the steps that are left, or as many as the limit allows; says whether all ran."""
    settings, work = config[kind], arguments.work
    corpus = Corpus(work, config["teacher"]["width"])
    if kind == "transformer":
        corpus.clusters = np.load(work / "clusters.npy")
    trainer, first, log = set_up(kind, config, corpus, work, arguments.start)
    sampler = Sampler(corpus, settings, config["seed"])

    def prepare(step):
        batch = sampler.batch(step)
        matrix, labelled = corpus.label_matrix(batch.papers)
        return batch, (torch.from_numpy(matrix), torch.from_numpy(labelled))

    def keep(step):
        with finish(work / f"{kind}.checkpoint") as partial:
            torch.save(trainer.state(step, log), partial)

    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as ahead:
        coming = ahead.submit(prepare, first)
        for step in range(first, settings["steps"]):
            batch, labels = coming.result()
            coming = ahead.submit(prepare, step + 1)
            parts = trainer.step(step, batch, labels)
            elapsed = time.monotonic() - started
            if step % settings["log_steps"] == 0:
                losses = [round(parts.get(name, 0.0), 4) for name in LOSSES]
                log.append([step, batch.kind, *losses, round(time.process_time())])
                print(f"{kind}: step {step}", *log[-1][1:], f"{elapsed:.0f} s", flush=True)
            stop = arguments.limit is not None and elapsed > arguments.limit
            if (step + 1) % settings["checkpoint_steps"] == 0 or stop:
                keep(step + 1)
            if stop:
                return False
    keep(settings["steps"])
    with finish(work / f"{kind}.pt") as partial:
        torch.save({name: tensor.cpu() for name, tensor in trainer.averaged().items()}, partial)
    write_log(work / f"{kind}.csv", log)
    return True


def main():
    arguments, config = command_line(
        __doc__,
        ("student", {"choices": ["table", "transformer"]}),
        ("--limit", {"type": float, "help": "stop with a checkpoint after these seconds"}),
        ("--threads", {"type": int}),
        ("--start", {"type": Path, "help": "checkpoint or exported folder to begin with"}),
    )
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    done = train(arguments.student, config, arguments)
    print(f"{arguments.student}: {'done' if done else 'stopped, run again to go on'}")
    raise SystemExit(0 if done else 75)


if __name__ == "__main__":
    main()
