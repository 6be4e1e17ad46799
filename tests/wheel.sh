#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment without an index, and runs the program from
# there with an empty environment. `tests/run.sh` calls it after all other builds: the wheel is made
# of the profile and folder that they used, so that only the program itself is linked again.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0

maturin=1.16.0
tools="$PWD/target/wheel-venv"
wheels="$PWD/target/wheels"
installed="$PWD/target/wheel-installed"

fail() {
    echo "failed: $1" >&2
    exit 1
}

if ! python3 -c 'import ensurepip' 2>/dev/null; then
    echo "skipped: no python3 with venv, the wheel was not built"
    exit 0
fi
if [ "$("$tools/bin/maturin" --version 2>/dev/null)" != "maturin $maturin" ]; then
    rm -rf "$tools"
    if ! { python3 -m venv "$tools" && "$tools/bin/python" -m pip install --quiet --no-deps \
        --disable-pip-version-check "maturin==$maturin"; } >"$tools.log" 2>&1; then
        tail -n 5 "$tools.log"
        echo "skipped: maturin $maturin could not be installed, the wheel was not built"
        exit 0
    fi
fi

# Maturin asks for the metadata of every package in the lock file, those of other systems too, which
# no build here has downloaded.
if ! cargo fetch --quiet --locked; then
    echo "skipped: packages of other systems could not be downloaded, the wheel was not built"
    exit 0
fi

rm -rf "$wheels" "$installed"
# Unstripped and for this machine alone: a wheel for others takes neither option.
"$tools/bin/maturin" build --quiet --manifest-path crates/kindred/Cargo.toml --profile dev \
    --strip false --compatibility linux --auditwheel skip --compression-method stored \
    --out "$wheels" --target-dir target --locked --offline
wheel=("$wheels"/kindred_papers-*.whl)
[ "${#wheel[@]}" -eq 1 ] && [ -f "${wheel[0]}" ] || fail "expected one wheel in $wheels"

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
python3 - "${wheel[0]}" "$version" <<'CHECK'
import sys, zipfile

wheel, version = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
names = wheel.namelist()
[metadata] = [name for name in names if name.endswith(".dist-info/METADATA")]
fields = wheel.read(metadata).decode().splitlines()
for field in ("Name: kindred-papers", f"Version: {version}", "License-Expression: MIT OR Apache-2.0"):
    assert field in fields, f"no `{field}` in {fields}"
for text in ("LICENSE-MIT", "LICENSE-APACHE", "Inter-LICENSE.txt", "math-LICENSE.txt"):
    [licence] = [name for name in names if name.endswith(text)]
    assert len(wheel.read(licence)) > 500, f"{licence} is not the licence itself"
assert any(name.endswith(".data/scripts/kindred") for name in names), names
assert not any(name.endswith((".py", ".so")) for name in names), names
CHECK

python3 -m venv "$installed"
"$installed/bin/python" -m pip install --quiet --no-index --disable-pip-version-check "${wheel[0]}"
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
run() { (cd "$home" && env -i HOME="$home" "$installed/bin/kindred" "$@"); }

[ "$(run --version)" = "kindred $version" ] || fail "the installed program is not version $version"
run demo >"$home/demo.txt" || fail "\`kindred demo\` of the wheel"
[ "$(wc -l <"$home/demo.txt")" -ge 10 ] || fail "\`kindred demo\` of the wheel printed too little"
status=0
run doctor --json >"$home/doctor.json" || status=$?
[ "$status" -eq 1 ] || fail "\`kindred doctor\` without a library ended with $status, expected 1"
"$installed/bin/python" -m pip uninstall --quiet --yes kindred-papers
[ ! -e "$installed/bin/kindred" ] || fail "the program is still there after pip uninstall"
rm -rf "$installed"
echo "the wheel installs and runs: $(basename "${wheel[0]}"), $(($(stat -c %s "${wheel[0]}") >> 20)) MiB unstripped"
