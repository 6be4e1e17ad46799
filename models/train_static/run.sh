#!/usr/bin/env bash
# Trains models/kindred-static from the data directory to the committed folder.
#
#   bash models/train_static/run.sh --data DIR [--python PYTHON] [--tokenizer FILE] [--out DIR]
#                                   [--force]
#
# Stages: tokenizer, prepare, train, export. Each leaves its result in models/train_static/work/
# and is skipped when the result is there and all it rests on is unchanged; a stopped training goes
# on from its last checkpoint. --force starts from nothing. --tokenizer takes a vocabulary instead
# of training one. PYTHON needs requirements.txt:
#   python3 -m venv VENV && VENV/bin/pip install -r models/train_static/requirements.txt
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
data="" python="${PYTHON:-python3}" tokenizer="" out="$here/../kindred-static" force=""
while [ $# -gt 0 ]; do
    case "$1" in
        --data) data="${2:?--data needs a folder}"; shift 2 ;;
        --python) python="$(command -v "${2:?--python needs a program}")"; shift 2 ;;
        --tokenizer) tokenizer="$(realpath "${2:?--tokenizer needs a file}")"; shift 2 ;;
        --out) out="$(realpath "${2:?--out needs a folder}")"; shift 2 ;;
        --force) force=yes; shift ;;
        *) echo "run.sh: unknown argument \`$1\`" >&2; exit 2 ;;
    esac
done
if [ ! -d "$data/corpus" ]; then
    echo "run.sh: --data must name a folder with corpus/, found \`$data\`" >&2
    exit 2
fi
data="$(cd "$data" && pwd)"
python="$(cd "$(dirname "$(command -v "$python")")" && pwd)/$(basename "$python")"
# Beyond the cores that are idle, threads only wait for each other.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}"
export OPENBLAS_NUM_THREADS="$OMP_NUM_THREADS"

work="$here/work"
[ -z "$force" ] || rm -rf "$work"
mkdir -p "$work"
cd "$here"

# stage NAME RESULT "SECTION... @FILE..." COMMAND...
stage() {
    local name="$1" result="$2" parts="$3"
    shift 3
    # shellcheck disable=SC2086  # a list of parts
    if "$python" stamp.py check "$result" $parts; then
        echo "$name: up to date"
        return
    fi
    echo "$name: running"
    "$@"
    # shellcheck disable=SC2086
    "$python" stamp.py write "$result" $parts
}

if [ -n "$tokenizer" ]; then
    # Without a stamp, a later run without --tokenizer trains its own again.
    rm -f work/tokenizer.json.stamp
    cmp -s "$tokenizer" work/tokenizer.json || cp "$tokenizer" work/tokenizer.json
    echo "tokenizer: taken from $tokenizer"
else
    stage tokenizer work/tokenizer.json "corpus tokenizer" \
        "$python" train_tokenizer.py --data "$data" --out work/tokenizer.json
fi
stage prepare work/prepared.npz "corpus tokenizer pairs seed @work/tokenizer.json" \
    "$python" prepare.py --data "$data" --tokenizer work/tokenizer.json --out work/prepared.npz
stage train work/table.npy "train seed @work/prepared.npz" \
    "$python" train.py --prepared work/prepared.npz --out work/table.npy
"$python" export.py --table work/table.npy --prepared work/prepared.npz \
    --tokenizer work/tokenizer.json --out "$out"
