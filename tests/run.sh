#!/usr/bin/env bash
# Installs what the tests need and runs them all. Needs a Rust toolchain and, for the parity tests
# on real weights, Python with pip; whatever cannot be had is named and its tests say that they
# were skipped.
#
# `--long` adds what takes hours: following arXiv through every scenario with 20 seeds, 200 kills,
# a year of outages.
set -euo pipefail
cd "$(dirname "$0")/.."

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
    [ "${#missing[@]}" -eq 0 ] && return
    echo "installing ${missing[*]}"
    as_root apt-get update -qq && as_root apt-get install -y -qq "${missing[@]}" ||
        echo "could not install ${missing[*]}"
}

install_packages
bash models/fetch-reference.sh || echo "skipped: no reference weights, tests that need them say so"

if command -v python3 >/dev/null; then
    python3 data/build_sample.py --check
else
    echo "skipped: no python3, the sample was not compared with its sources"
fi
cargo test --workspace --locked --doc --quiet
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked
else
    cargo test --workspace --locked --lib --bins --tests
fi
