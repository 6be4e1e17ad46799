#!/usr/bin/env bash
# Load on `kindred serve` with a library of 100,000 real papers: requests per second and latencies
# at growing concurrency, overload, recovery, and latencies beside an import.
#
#   bash benches/serve/run.sh [--data DIR] [--work DIR] [--seconds N]
#
# Needs wrk, curl, jq and zstd, and `corpus/arxiv-recent.jsonl.zst` in the data folder; says so and
# ends with 0 where one of them is absent. The library stays in the work folder. KINDRED names
# another binary than the release build; PRIORITY a `nice` value for server and client, for a
# machine on which other programs run.
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data
work=target/bench-serve
seconds=10
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=$2; shift 2 ;;
    --work) work=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    *) echo "unknown argument $1" >&2; exit 2 ;;
  esac
done
corpus=$data/corpus/arxiv-recent.jsonl.zst
for tool in wrk curl jq zstd; do
  command -v "$tool" >/dev/null || { echo "skipped: benches/serve needs $tool" >&2; exit 0; }
done
[ -r "$corpus" ] || { echo "skipped: benches/serve needs $corpus" >&2; exit 0; }

if [ -z "${KINDRED:-}" ]; then
  cargo build --release --locked -p kindred
  KINDRED=target/release/kindred
fi
mkdir -p "$work"
library=$work/library
kindred() { "$KINDRED" --quiet --library "$library" "$@"; }

# Every k-th paper, so that all of the corpus is there in the order of the file.
if [ ! -e "$work/papers.jsonl" ]; then
  zstd -dcq "$corpus" | awk '(NR * 7919) % 258375 < 100000' > "$work/papers.jsonl.new"
  zstd -dcq "$corpus" | awk '(NR * 7919) % 258375 >= 238375' > "$work/later.jsonl"
  mv "$work/papers.jsonl.new" "$work/papers.jsonl"
fi
if [ ! -e "$work/made" ]; then
  rm -rf "$library"
  head -n 1 "$work/papers.jsonl" > "$work/first.jsonl"
  kindred import --no-embed "$work/first.jsonl" >/dev/null
  kindred models use kindred-static >/dev/null
  kindred import "$work/papers.jsonl" >/dev/null
  # awk reads to the end, so that no pipe breaks.
  grep -F '"cs.DC"' "$work/papers.jsonl" | awk 'NR <= 60 && NR % 2' | jq -r .id \
    | xargs "$KINDRED" --quiet --library "$library" set add reading >/dev/null
  touch "$work/made"
fi
last=$(jq -r '.date // empty' "$work/papers.jsonl" | cut -c1-10 | grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' | sort | tail -n 1)

# What is asked: 2,000 papers, 2,000 titles' first words, one feed.
awk 'NR % 50 == 7' "$work/papers.jsonl" | head -n 2000 > "$work/asked.jsonl"
jq -r '.id | sub("^arXiv:"; "") | "/api/v1/similar?ids=" + @uri' "$work/asked.jsonl" > "$work/similar.txt"
jq -r '.id | sub("^arXiv:"; "") | "/paper/" + .' "$work/asked.jsonl" > "$work/paper.txt"
jq -r '.title | gsub("[^A-Za-z0-9 ]"; " ") | split(" ") | map(select(length > 2)) | .[:4] | join(" ")
  | select(length > 3) | "/api/v1/search?q=" + @uri' "$work/asked.jsonl" > "$work/search.txt"
echo "/api/v1/sets/reading/feed?until=$last" > "$work/feed.txt"

first=()
[ -z "${PRIORITY:-}" ] || first=(nice -n "$PRIORITY")
"${first[@]}" "$KINDRED" --quiet --library "$library" serve --port 0 > "$work/address.txt" &
server=$!
trap 'kill -INT $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [ -s "$work/address.txt" ] && break
  sleep 0.1
done
url=$(head -n 1 "$work/address.txt")
url=${url%/}
memory() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$server/status"; }

load() { # name, file, connections, seconds
  local threads=1
  [ "$3" -lt 64 ] || threads=2
  NAME=$1 CONNECTIONS=$3 "${first[@]}" wrk -t "$threads" -c "$3" -d "${4}s" --timeout 30s \
    -s benches/serve/paths.lua "$url" -- "$work/$2" | grep '^|'
}

start=$(date +%s%N)
curl -sf -o /dev/null "$url$(head -n 1 "$work/similar.txt")"
echo "first answer after $(( ($(date +%s%N) - start) / 1000000 )) ms; $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
for kind in similar paper search feed; do load "warm-up" "$kind.txt" 2 3 >/dev/null; done
echo "$(memory) MiB after warming up"
echo
echo "| asked | connections | answers/s | p50 ms | p99 ms | longest ms | shed % |"
echo "|---|---|---|---|---|---|---|"
for connections in 1 2 4 8 16 32 64; do load "similar by id" similar.txt "$connections" "$seconds"; done
for connections in 1 2 8; do load "search" search.txt "$connections" "$seconds"; done
for connections in 1 2 8; do load "paper page" paper.txt "$connections" "$seconds"; done
for connections in 1 2; do load "feed" feed.txt "$connections" "$seconds"; done
before=$(memory)
load "similar by id, overload" similar.txt 400 "$((seconds * 3))"
echo
echo "memory $before MiB before the overload, $(memory) MiB after"
for _ in 1 2 3; do
  curl -sf -o /dev/null -w 'after the overload: %{http_code} in %{time_total} s\n' "$url$(head -n 2 "$work/similar.txt" | tail -n 1)"
done
echo
echo "| beside an import | connections | answers/s | p50 ms | p99 ms | longest ms | shed % |"
echo "|---|---|---|---|---|---|---|"
cp -r "$library" "$work/spare"
"$KINDRED" --quiet --library "$library" import "$work/later.jsonl" >/dev/null &
import=$!
load "similar by id" similar.txt 1 "$seconds"
load "search" search.txt 1 "$seconds"
wait "$import" || true
kill -INT $server
wait $server && echo "ended with 0" || echo "ended with $?"
rm -rf "$library"
mv "$work/spare" "$library"
