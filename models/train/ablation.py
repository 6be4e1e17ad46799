"""Trains variants of the table, measures them and writes what each part of the recipe is worth.

    ablation.py --work DIR --scale NAME --quality FILE --data DIR --cache DIR [--only NAME ...]

DIR is the work folder of a run of `run.sh` that has got as far as clusters. Variants and tasks are
those of `[ablation]` in config.toml; each is trained in a folder of its own under DIR/ablation, one
that is there already is not trained again. `ablation.csv` and `ablation.md` hold the outcome: a row
for each variant, its measures and the paired differences to the recipe itself.
"""

import csv
import subprocess
import sys
from pathlib import Path

from stages import command_line, finish

HERE = Path(__file__).resolve().parent
NEEDED = (
    *(f"{view}.f32" for view in ("titles", "segments", "documents", "terms")),
    "clusters.npy",
    "encoded.npz",
    "papers.jsonl",
    "tokenizer.json",
)
RECIPE = "the recipe"


def run(*command):
    """Standard output of a command that must succeed."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def folder_of(name, work):
    return work / "ablation" / name.replace(" ", "-")


def train_variant(name, changes, work, scale):
    """The folder of the table that is trained with these changes to the configuration.

    Changes to the export alone take the recipe's own table.
    """
    folder = folder_of(name, work)
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "kindred-static"
    if (folder / "kindred-static.done").exists():
        return model
    for file in NEEDED:
        link = folder / file
        link.unlink(missing_ok=True)
        link.symlink_to((work / file).resolve())
    common = ("table", "--work", str(folder), "--scale", ",".join([scale, *changes]))
    print(f"ablation: {name}", flush=True)
    if changes and all(change.startswith("export.") for change in changes):
        (folder / "table.pt").unlink(missing_ok=True)
        (folder / "table.pt").symlink_to((folder_of(RECIPE, work) / "table.pt").resolve())
    else:
        (folder / "log").write_text(run(sys.executable, str(HERE / "train.py"), *common))
        (folder / "table.checkpoint").unlink()
    run(sys.executable, str(HERE / "export.py"), *common, "--out", str(folder))
    return model


def read_summary(text, names):
    """Rows of the summary of `benches/quality`: for each name a list of (task, value, difference).

    `names` are the encoders in the order that they were given in; the second one has no differences.
    """
    found = {name: [] for name in names}
    for line in text.split("### Summary")[1].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) < 4 or cells[0] in ("task", "---"):
            continue
        task, rest = cells[0], cells[3:]
        for place, name in enumerate(names):
            value = rest.pop(0)
            difference = "" if place == 1 else rest.pop(0)
            found[name].append((task, value, difference))
    return found


def measure(models, arguments, tasks):
    """Summary rows of the variants: `models` maps names to folders, the recipe among them."""
    others = [name for name in models if name != RECIPE]
    names = [others[0], RECIPE, *others[1:]]
    encoders = [word for name in names for word in ("--encoder", str(models[name]))]
    command = [arguments.quality, "--data", arguments.data, "--cache", arguments.cache, "--summary"]
    results = ("--results", str(arguments.work / "ablation" / "results"))
    text = run(*map(str, command), *results, "--rankers", "ours", *tasks, *encoders)
    found = read_summary(text, names)
    return {name: found[name] for name in models}


def write_tables(rows, folder):
    tasks = [task for task, _, _ in rows[RECIPE]]
    with finish(folder / "ablation.csv") as partial, open(partial, "w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["variant", "task", "value", "difference"])
        writer.writerows([name, *row] for name, own in rows.items() for row in own)
    lines = [f"| variant | {' | '.join(tasks)} |", "|---" * (len(tasks) + 1) + "|"]
    for name, own in rows.items():
        cells = (value if name == RECIPE else difference for _, value, difference in own)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    with finish(folder / "ablation.md") as partial:
        partial.write_text("\n".join([*lines, ""]), encoding="utf-8")


def main():
    arguments, config = command_line(
        __doc__,
        ("--quality", {"required": True, "type": Path, "help": "the program of benches/quality"}),
        ("--data", {"required": True, "type": Path}),
        ("--cache", {"required": True, "type": Path, "help": "folder for vectors of the tasks"}),
        ("--only", {"action": "append", "help": "a variant; all where none is named"}),
    )
    settings = config["ablation"]
    variants = {RECIPE: [], **settings["variants"]}
    if arguments.only:
        variants = {name: variants[name] for name in (RECIPE, *arguments.only)}
    scale = ",".join([arguments.scale, *settings["all"]])
    models = {
        name: train_variant(name, changes, arguments.work, scale)
        for name, changes in variants.items()
    }
    write_tables(measure(models, arguments, settings["tasks"]), arguments.work / "ablation")
    print((arguments.work / "ablation" / "ablation.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
