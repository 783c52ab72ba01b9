#!/usr/bin/env bash
# What the audit log costs: NextToken of a broker with it and of one without, in turn, on loopback,
# and how many bytes a million turns take. Usage: audit.sh [ROUNDS] [SECONDS]    default 6 of 5
# CALLERS=8 connections, MODE=summary (or each, off), FROM=21600 the first of two ports.
# Needs h2load (Debian: nghttp2-client) and a built distribution (make dist).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

rounds=${1:-6}
seconds=${2:-5}
warm_up=${WARM_UP:-12}
callers=${CALLERS:-8}
tokenbroker=${DIST:-server/target/tokenbroker}/bin/tokenbroker
mode=${MODE:-summary}
from=${FROM:-21600}
scratch=$(mktemp -d)
pids=()

cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || :; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || :; done
  rm -rf "$scratch"
}
trap cleanup EXIT

serve() { # NAME PORT VARIABLES
  local name=$1 port=$2 tries=0
  shift 2
  env "$@" TOKENBROKER_LOG_FORMAT=json "$tokenbroker" serve --demo \
    --data "$scratch/$name" --listen "127.0.0.1:$port" >"$scratch/$name.log" 2>&1 &
  pids+=("$!")
  until grep -q '"serving"' "$scratch/$name.log"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { cat "$scratch/$name.log" >&2; exit 1; }
    sleep 0.1
  done
}

printf '\x00\x00\x00\x00\x06\x0a\x04demo' >"$scratch/request"

load() { # WHICH SECONDS: calls a second
  local before after
  before=$(cpu "${pids[$1]}")
  h2load -D "$2" -c "$callers" -m 16 -t 1 \
    --header='content-type: application/grpc' --header='te: trailers' \
    -d "$scratch/request" "http://127.0.0.1:$((from + $1))/tokenbroker.v1.TokenBroker/NextToken" >"$scratch/h2load" 2>&1
  after=$(cpu "${pids[$1]}")
  echo "$((after - before)) $(calls)" >>"$scratch/cpu.$1"
  grep -q ' 0 failed, 0 errored, 0 timeout' "$scratch/h2load" || { cat "$scratch/h2load" >&2; exit 1; }
  sed -n 's/^finished in .*, \([0-9.]*\) req\/s.*/\1/p' "$scratch/h2load"
}

# user and system time of a broker in clock ticks: a figure that other programs hardly move
cpu() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
calls() { sed -n 's/^requests: \([0-9]*\) total.*/\1/p' "$scratch/h2load"; }

median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

serve off "$from"
serve on $((from + 1)) TOKENBROKER_AUDIT_FILE="$scratch/audit.jsonl" TOKENBROKER_AUDIT_TURNS="$mode"
load 0 "$warm_up" >/dev/null
load 1 "$warm_up" >/dev/null
rm "$scratch"/cpu.*
: >"$scratch/ratios"
for round in $(seq "$rounds"); do
  # whoever comes second may have a quieter machine
  if [ $((round % 2)) -eq 0 ]; then
    with=$(load 1 "$seconds")
    without=$(load 0 "$seconds")
  else
    without=$(load 0 "$seconds")
    with=$(load 1 "$seconds")
  fi
  awk -v with="$with" -v without="$without" 'BEGIN { printf "%.3f\n", with / without }' >>"$scratch/ratios"
  printf 'without %s, with %s calls a second: %s\n' "$without" "$with" "$(tail -n 1 "$scratch/ratios")"
done
printf 'median of the ratios: %s\n' "$(median <"$scratch/ratios")"
for which in 0 1; do
  awk -v hz="$(getconf CLK_TCK)" -v which="$which" '{ ticks += $1; calls += $2 }
    { each = each sprintf(" %.2f", $1 / hz / $2 * 1000000) }
    END { printf "%s: %.2f us of CPU a call, by round:%s\n", which == 0 ? "without" : "with", ticks / hz / calls * 1000000, each }' "$scratch/cpu.$which"
done
kill "${pids[1]}"
wait "${pids[1]}" || :
files=$(find "$scratch" -name 'audit.jsonl' -o -name 'audit.jsonl.0*')
bytes=$(cat $files | wc -c)
turns=$(sed -n 's/.*"count":\([0-9]*\).*/\1/p;s/.*"type":"turn".*/1/p' $files | awk '{ all += $1 } END { print all + 0 }')
[ "$turns" -eq 0 ] || awk -v b="$bytes" -v t="$turns" 'BEGIN { printf "%d turns, %d bytes: %.0f bytes a million turns\n", t, b, b / t * 1000000 }'
"$tokenbroker" audit verify "$scratch/audit.jsonl"
