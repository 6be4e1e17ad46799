#!/usr/bin/env bash
# Runs the peers of the topics protocol, then ours beside them, and prints the tables.
#
#   bash benches/topics/run.sh --data DIR [--encoder FOLDER] [--topics FOLDER] [--cache FOLDER]
#                              [--sets recent,natural,all-arxiv] [--speed large] [--parts NAME,...]
#
# --data     folder with corpus/arxiv-recent.jsonl.zst (default: ../shared/data)
# --encoder  whose vectors all methods get (default: all-MiniLM-L6-v2, fetched), in int8
# --topics   where sets and results are kept (default: target/topics); a result that is there is not
#            computed again
# --cache    where vectors are kept (default: target/quality-vectors)
# --sets     sets for quality and stability
# --speed    sets for time and memory
# --parts    bertopic, speed, hdbscan, kmeans, umap, table (default: all)
#
# KINDRED_TOPICS_PEERS names the virtual environment of the peers (default: target/topics-peers).
# Needs cargo and python3 with pip. Everything runs on the processor, in two threads at most.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
peers="${KINDRED_TOPICS_PEERS:-$root/target/topics-peers}"
data="$root/../shared/data" encoder= topics="$root/target/topics"
cache="$root/target/quality-vectors" sets=recent,natural,all-arxiv speed=large
parts=bertopic,speed,hdbscan,kmeans,umap,table
while [ $# -gt 0 ]; do
    case "$1" in
        --data) data="${2:?--data needs a folder}"; shift 2 ;;
        --encoder) encoder="$(realpath "${2:?--encoder needs a folder}")"; shift 2 ;;
        --topics) topics="$(realpath -m "${2:?--topics needs a folder}")"; shift 2 ;;
        --cache) cache="$(realpath -m "${2:?--cache needs a folder}")"; shift 2 ;;
        --sets) sets="${2:?--sets needs names}"; shift 2 ;;
        --speed) speed="${2:?--speed needs names}"; shift 2 ;;
        --parts) parts="${2:?--parts needs names}"; shift 2 ;;
        *) echo "run.sh: unknown argument \`$1\`" >&2; exit 2 ;;
    esac
done
if [ ! -f "$data/corpus/arxiv-recent.jsonl.zst" ]; then
    echo "run.sh: --data must name a folder with corpus/arxiv-recent.jsonl.zst, found \`$data\`" >&2
    exit 2
fi

# The stamp tells a whole environment from one whose installation was stopped. BERTopic names
# sentence-transformers, and with it torch, among its needs; given vectors it uses neither, so it is
# installed without what it names, and its real needs stand in the same list.
if [ ! -x "$peers/bin/python" ]; then
    python3 -m venv "$peers"
fi
python="$(cd "$peers/bin" && pwd)/python"
if ! cmp -s "$here/requirements.txt" "$peers/installed.txt"; then
    grep -v '^bertopic==' "$here/requirements.txt" >"$peers/others.txt"
    "$python" -m pip install --quiet --requirement "$peers/others.txt"
    "$python" -m pip install --quiet --no-deps "$(grep '^bertopic==' "$here/requirements.txt")"
    cp "$here/requirements.txt" "$peers/installed.txt"
fi

if [ -z "$encoder" ]; then
    bash "$root/models/fetch-reference.sh" all-MiniLM-L6-v2
    encoder="$root/models/third-party/all-MiniLM-L6-v2"
fi
(cd "$root" && cargo build --release --workspace --locked --bin quality --bin topics_speed)
quality=("${CARGO_TARGET_DIR:-$root/target}/release/quality" --data "$data" --encoder "$encoder"
    --dtype int8 --cache "$cache" --topics "$topics")
IFS=, read -ra names <<<"$sets"
IFS=, read -ra fast <<<"$speed"
missing=()
for set in "${names[@]}" "${fast[@]}"; do
    [ -f "$topics/$set/meta.json" ] || missing+=("$set")
done
if [ ${#missing[@]} -gt 0 ]; then
    "${quality[@]}" --task topic-sets --topic-set "$(IFS=,; echo "${missing[*]}")"
fi

wanted() {
    case ",$parts," in *",$1,"*) return 0 ;; *) return 1 ;; esac
}
peer() {
    local script="$1"
    shift
    "$python" -W ignore "$here/$script" --topics "$topics" "$@"
}
runs="$(for kind in seed order part; do
    for draw in 0 1 2 3 4; do printf '%s-%s,' "$kind" "$draw"; done
done)"
for set in "${names[@]}"; do
    if wanted bertopic; then
        peer bertopic_run.py --set "$set" --runs "${runs%,}"
        peer outliers_run.py --set "$set"
    fi
    if wanted kmeans; then
        for draw in 0 1 2 3 4; do
            peer kmeans_run.py --set "$set" --draw "$draw"
        done
    fi
done
for set in "${names[0]}" "${fast[@]}"; do
    if wanted speed; then
        peer bertopic_run.py --set "$set" --runs speed-0
    fi
    if wanted umap; then
        peer umap_run.py --set "$set" --draw 0
        peer umap_run.py --set "$set" --speed
    fi
done
if wanted hdbscan; then
    peer hdbscan_run.py --set "${names[0]}" --on vectors
    peer hdbscan_run.py --set "${names[0]}" --on umap
fi
if wanted table; then
    "${quality[@]}" --task topics --topic-set "$sets"
fi
