#!/usr/bin/env bash
# Installs what the tests need and runs them all. Needs a Rust toolchain and, for the parity tests
# on real weights, Python with pip; for the browser tests chromium, node and npm. Whatever cannot be
# had is named and its tests say that they were skipped.
#
# `--long` adds what takes hours: following arXiv through every scenario with 20 seeds, 200 kills,
# a year of outages.
set -euo pipefail
cd "$(dirname "$0")/.."
# One build from nothing: what the compiler would keep for the next one only fills the disk.
export CARGO_INCREMENTAL=0

case "${1:-}" in
"") ;;
--long) export KINDRED_LONG=1 ;;
*)
    echo "usage: bash tests/run.sh [--long]" >&2
    exit 2
    ;;
esac

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else return 1; fi; }

install_packages() {
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || missing+=(python3 python3-pip)
    python3 -c 'import ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)
    command -v chromium >/dev/null || missing+=(chromium)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    [ "${#missing[@]}" -eq 0 ] && return
    echo "installing ${missing[*]}"
    as_root apt-get update -qq && as_root apt-get install -y -qq "${missing[@]}" ||
        echo "could not install ${missing[*]}"
}

# Playwright wants node 20; what Debian 12 has is older, so npm brings a newer one. Sets `node`.
find_node() {
    node=$(command -v node) || return
    [ "$("$node" -p 'process.versions.node.split(".")[0]')" -ge 20 ] && return
    local newer="$PWD/target/node"
    [ -x "$newer/node_modules/.bin/node" ] ||
        npm install --prefix "$newer" --no-audit --no-fund --loglevel=error node@22 || return
    node="$newer/node_modules/.bin/node"
    "$node" --version >/dev/null
}

# The page in a real browser. The program was built for the tests before.
browser_tests() {
    local name node="" modules=tests/browser/node_modules
    for name in chromium node npm; do
        command -v "$name" >/dev/null && continue
        echo "skipped: no $name, the page was not tested in a browser"
        return
    done
    if ! find_node; then
        echo "skipped: no node 20 or later, the page was not tested in a browser"
        return
    fi
    if ! cmp -s tests/browser/package-lock.json "$modules/installed.json"; then
        if ! npm ci --prefix tests/browser --no-audit --no-fund --loglevel=error; then
            echo "skipped: playwright-core and axe-core could not be installed, the page was not tested in a browser"
            return
        fi
        cp tests/browser/package-lock.json "$modules/installed.json"
    fi
    cargo build --quiet --locked --package kindred
    KINDRED_CHROMIUM=$(command -v chromium) "$node" tests/browser/run.mjs
}

free_gib() { echo $(($(df --output=avail -k target | tail -n 1) >> 20)); }

# What the training recipe needs: 9 GiB of disk while it is installed, 5 after that. Runs while the
# program is built.
trainer="$PWD/target/train-venv"
install_trainer() {
    cmp -s models/train/requirements.txt "$trainer/installed.txt" && return
    rm -rf "$trainer"
    if [ "$(free_gib)" -lt 14 ]; then
        echo "14 GiB of free disk are needed, there are $(free_gib)"
        return 1
    fi
    # Triton compiles for GPUs: a gigabyte that no test uses.
    python3 -m venv "$trainer" &&
        TMPDIR="$PWD/target" "$trainer/bin/python" -m pip install --quiet --no-cache-dir \
            --disable-pip-version-check --requirement models/train/requirements.txt &&
        "$trainer/bin/python" -m pip uninstall --quiet --yes triton &&
        cp models/train/requirements.txt "$trainer/installed.txt"
}

# The recipe's own tests, then all of its stages on the sample: the Rust tests compare what comes out
# with what the Python library says of it.
train_miniature() {
    local work="$PWD/target/train-miniature" name
    OMP_NUM_THREADS=2 "$trainer/bin/python" -m unittest discover -s models/train/tests
    OMP_NUM_THREADS=2 bash models/train/run.sh --scale tiny --data data --work "$work" \
        --teacher models/third-party/all-MiniLM-L6-v2 --python "$trainer/bin/python" >"$work.log" ||
        { tail -n 40 "$work.log"; return 1; }
    for name in kindred-static kindred-small; do
        "$trainer/bin/python" models/train/check.py "$work/models/$name" data/sample.jsonl \
            "$work/$name.safetensors"
    done
}

install_packages
mkdir -p target
install_trainer >target/train-venv.log 2>&1 &
trainer_installs=$!
bash models/fetch-reference.sh || echo "skipped: no reference weights, tests that need them say so"

if command -v python3 >/dev/null; then
    python3 data/build_sample.py --check
else
    echo "skipped: no python3, the sample was not compared with its sources"
fi
cargo test --workspace --locked --doc --quiet
if ! wait "$trainer_installs"; then
    tail -n 5 target/train-venv.log
    echo "skipped: the training recipe's Python packages could not be installed, nothing is trained"
elif [ ! -f models/third-party/all-MiniLM-L6-v2/model.safetensors ]; then
    echo "skipped: no teacher, nothing is trained"
else
    train_miniature
    if [ "$(free_gib)" -lt 12 ]; then
        echo "$(free_gib) GiB of disk are left: the recipe's Python packages are taken away again"
        rm -rf "$trainer"
    fi
fi
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked
else
    cargo test --workspace --locked --lib --bins --tests
fi
bash tests/wheel.sh
browser_tests
