#!/usr/bin/env bash
# Runs our encoder and its peers in turn on the same real abstracts and prints the tables.
#
#   bash benches/embed/run.sh --data DIR [--peers FOLDER] [--texts N] [--lengths 128,256,512]
#                             [--threads 1,2] [--engines NAME,...] [--rounds N] [--resume]
#                             [--peaks FILE] [--work FOLDER]
#
# --data     folder with corpus/arxiv-recent.jsonl.zst (default: ../shared/data)
# --peers    virtual environment of the peers; made from requirements.txt where it is missing
# --texts    abstracts to encode, at most 2,000
# --engines  all, ours, peers, levels (ours with AVX-512 and AVX2 at most), or names and beginnings
#            of names (openvino, ours-int8, candle...)
# --rounds   times that everything is run; tables show medians over rounds and the extremes
# --resume   keep the runs of an earlier call and add what is missing
# --peaks    JSON of rates of one core, 10^9 operations a second: {"f32": N, "bf16": N, "int8": N}
#            (default: measured by peaks.c where there is a C compiler)
# --work     where texts, models, vectors and results are kept (default: target/bench-embed)
#
# Needs cargo and python3 with pip; the first run fetches the peers and the reference weights.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
data="$root/../shared/data" peers="$here/.peers" texts=2000 lengths=128,256,512 threads=1,2
engines=all rounds=3 work="$root/target/bench-embed"
extra=()
peaks=
while [ $# -gt 0 ]; do
    case "$1" in
        --data) data="${2:?--data needs a folder}"; shift 2 ;;
        --peers) peers="${2:?--peers needs a folder}"; shift 2 ;;
        --texts) texts="${2:?--texts needs a number}"; shift 2 ;;
        --lengths) lengths="${2:?--lengths needs numbers}"; shift 2 ;;
        --threads) threads="${2:?--threads needs numbers}"; shift 2 ;;
        --engines) engines="${2:?--engines needs names}"; shift 2 ;;
        --rounds) rounds="${2:?--rounds needs a number}"; shift 2 ;;
        --resume) extra+=(--resume); shift ;;
        --peaks) peaks="$(realpath "${2:?--peaks needs a file}")"; shift 2 ;;
        --work) work="$(realpath -m "${2:?--work needs a folder}")"; shift 2 ;;
        *) echo "run.sh: unknown argument \`$1\`" >&2; exit 2 ;;
    esac
done
if [ ! -f "$data/corpus/arxiv-recent.jsonl.zst" ]; then
    echo "run.sh: --data must name a folder with corpus/arxiv-recent.jsonl.zst, found \`$data\`" >&2
    exit 2
fi

# The stamp tells a whole environment from one whose installation was stopped. One that was made by
# other means has none and is taken as it is.
if [ ! -x "$peers/bin/python" ]; then
    python3 -m venv "$peers"
    touch "$peers/installed.txt"
fi
python="$(cd "$peers/bin" && pwd)/python"
if [ -f "$peers/installed.txt" ] && ! cmp -s "$here/requirements.txt" "$peers/installed.txt"; then
    "$python" -m pip install --quiet --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$peers/installed.txt"
fi

engines="$("$python" "$here/schedule.py" --expand "$engines")"
bash "$root/models/fetch-reference.sh" all-MiniLM-L6-v2
model="$root/models/third-party/all-MiniLM-L6-v2"
if [ ! -f "$work/texts/queries.json" ]; then
    "$python" "$here/texts.py" --data "$data" --out "$work/texts"
fi
case ",$engines" in
    *,ours-* | *,candle*)
        (cd "$root" && cargo build --release --locked -p kindred-benches \
            --bin embed --bin embed_candle) ;;
esac
if [ -z "$peaks" ] && command -v cc >/dev/null; then
    if cc -O2 -o "$work/peaks" "$here/peaks.c" && "$work/peaks" >"$work/peaks.json"; then
        peaks="$work/peaks.json"
        echo "run.sh: highest rates of one core, 10^9 operations a second: $(cat "$peaks")"
    fi
fi
if [ -n "$peaks" ]; then
    extra+=(--peaks "$peaks")
fi
case ",$engines" in
    *,openvino-* | *,onnxruntime-*)
        "$python" "$here/models.py" --model "$model" --out "$work/made" \
            --calibration "$work/texts/calibration.json" ;;
esac
"$python" "$here/tune.py" --model "$model" --made "$work/made" --texts "$work/texts" \
    --threads "$threads" --engines "$engines" --out "$work/tuned.json"
"$python" "$here/schedule.py" --model "$model" --work "$work" \
    --binaries "${CARGO_TARGET_DIR:-$root/target}/release" --engines "$engines" \
    --lengths "$lengths" --threads "$threads" --rounds "$rounds" --texts "$texts" \
    ${extra[@]+"${extra[@]}"}
echo
"$python" "$here/report.py" --machine --texts "$texts" "$work/results.jsonl" | tee "$work/report.md"
