#!/usr/bin/env bash
# Trains kindred-static and kindred-small from raw data to folders that the program can load.
#
#   bash run.sh --data DIR --teacher FOLDER [--scale NAME] [--work DIR] [--out DIR]
#               [--python FILE] [--program FILE] [--limit SECONDS] [--start FILE]
#
# --data     folder with corpus/ and eval/, or with the one file that the scale names
# --teacher  sentence-transformers folder whose similarities are learnt (models/third-party/...)
# --scale    a `[scale.NAME]` of config.toml: gpu, cores or tiny (default: cores)
# --work     folder of what the stages leave; what is there already is not made again
#            (default: target/train/NAME)
# --out      folder that `kindred-static` and `kindred-small` are written to (default: WORK/models)
# --python   a Python with requirements.txt installed (default: python3)
# --program  the example `vectors` of crates/kindred-embed, which reads the teacher several times
#            faster than the Python library where there is no GPU
# --limit    stop after about that many seconds with what is done; exit code 75: run again
# --start    what the transformer begins with instead of the table: an exported folder (its vocabulary
#            is then taken, too) or an earlier training's `transformer.checkpoint`
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
data= teacher= scale=cores work= out= python=python3 program= limit= start=
while [ $# -gt 0 ]; do
    case "$1" in
        --data) data="${2:?--data needs a folder}"; shift 2 ;;
        --teacher) teacher="${2:?--teacher needs a folder}"; shift 2 ;;
        --scale) scale="${2:?--scale needs a name}"; shift 2 ;;
        --work) work="${2:?--work needs a folder}"; shift 2 ;;
        --out) out="${2:?--out needs a folder}"; shift 2 ;;
        --python) python="${2:?--python needs a file}"; shift 2 ;;
        --program) program="${2:?--program needs a file}"; shift 2 ;;
        --limit) limit="${2:?--limit needs a number of seconds}"; shift 2 ;;
        --start) start="${2:?--start needs a file}"; shift 2 ;;
        *) echo "run.sh: unknown argument \`$1\`" >&2; exit 2 ;;
    esac
done
: "${data:?run.sh: --data DIR says where the papers are}"
: "${teacher:?run.sh: --teacher FOLDER says whose similarities are learnt}"
work="${work:-$here/../../target/train/$scale}"
out="${out:-$work/models}"
mkdir -p "$work" "$out"
out="$(cd "$out" && pwd)"
# Freed memory stays with the process: each step needs the same again.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
began=$SECONDS

# stage RESULT "SECTION... @FILE..." SCRIPT ARGUMENTS...: runs a stage unless its result is there and
# all it rests on is unchanged; a result without a leading / lies in the work folder.
stage() {
    local result="$work/$1" script="$3" parts=()
    case "$1" in /*) result="$1" ;; esac
    for part in $2; do
        parts+=("${part/#@/@$work/}")
    done
    shift 3
    if "$python" "$here/stamp.py" check "$scale" "$result" "${parts[@]}"; then
        echo "run.sh: $(basename "$result") is up to date"
        return
    fi
    "$python" "$here/$script" "$@" --work "$work" --scale "$scale"
    "$python" "$here/stamp.py" write "$scale" "$result" "${parts[@]}"
}
# The same for stages that stop in time.
timed() {
    local extra=()
    if [ -n "$limit" ]; then
        local left=$((limit - (SECONDS - began)))
        if [ "$left" -le 0 ]; then
            echo "run.sh: time is up, run again to go on"
            exit 75
        fi
        extra=(--limit "$left")
    fi
    stage "$@" ${extra[@]+"${extra[@]}"}
}

stage papers.jsonl "corpus" list_papers.py --data "$data"
if [ -d "$start" ]; then
    rm -f "$work/tokenizer.json.stamp"
    cmp -s "$start/tokenizer.json" "$work/tokenizer.json" || cp "$start/tokenizer.json" "$work/"
else
    stage tokenizer.json "tokenizer @papers.jsonl" train_tokenizer.py
fi
stage titles.txt "seed texts @papers.jsonl" write_texts.py
stage terms.txt "seed terms @papers.jsonl" write_terms.py
stage encoded.npz "seed model pairs @titles.txt @terms.txt @tokenizer.json" encode_texts.py
timed teacher.done "teacher @titles.txt @terms.txt" teacher.py --teacher "$teacher" \
    ${program:+--program "$program"}
stage clusters.npy "seed clusters @teacher.done" cluster.py
timed table.pt "seed model teacher table @encoded.npz @teacher.done" train.py table
stage "$out/kindred-static.done" "export @table.pt" export.py table --out "$out"
if [ -n "$start" ]; then
    weights="$start"
    [ -d "$start" ] && weights="$start/model.safetensors"
    sha256sum "$weights" | cut -d ' ' -f 1 >"$work/start.txt"
else
    echo table >"$work/start.txt"
fi
timed transformer.pt \
    "seed model teacher transformer @encoded.npz @clusters.npy @table.start.pt @start.txt" \
    train.py transformer ${start:+--start "$start"}
stage "$out/kindred-small.done" "export @transformer.pt" export.py transformer --out "$out"
"$python" "$here/curves.py" --work "$work"
echo "run.sh: $out/kindred-static and $out/kindred-small"
