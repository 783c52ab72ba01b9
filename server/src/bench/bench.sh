#!/usr/bin/env bash
# What docs/performance.md reports. Everything runs on this machine, on loopback:
#   start      process start to the first token, on an empty and on a used embedded database
#   unary      h2load on NextToken and on an empty grpc-java echo, in turn; the ratio counts
#   stream     turns a second that one reader in another process gets, against unary
# Usage: bench.sh [ROUNDS] [SECONDS]    default 7 rounds of 5 seconds
# The echo is plain grpc-java on a plain JVM; ECHO_JAVA_OPTS gives it options.
# Needs h2load (Debian: nghttp2-client), a built distribution and test classes (make bench).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

rounds=${1:-7}
seconds=${2:-5}
warm_up=${WARM_UP:-10}
clients=${CLIENTS:-8}
streams=${STREAMS:-16}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
tokenbroker=server/target/tokenbroker/bin/tokenbroker
classpath="server/target/test-classes:server/target/classes:$(cat server/target/test.classpath)"

command -v h2load >/dev/null || { echo 'h2load not found (Debian: apt-get install nghttp2-client)' >&2; exit 1; }

. server/src/bench/common.sh

median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

address='s/.*"address":"127\.0\.0\.1:\([0-9]*\)".*/\1/p'

start_once() { # DATA: milliseconds from the start of the process to the first token
  local log=$scratch/start.log begin end pid
  : >"$log"
  begin=$(date +%s%N)
  TOKENBROKER_LOG_FORMAT=json "$tokenbroker" serve --demo --data "$1" --listen 127.0.0.1:0 >"$log" 2>&1 &
  pid=$!
  pids+=("$pid")
  local port
  while port=$(sed -n "$address" "$log") && [ -z "$port" ]; do sleep 0.01; done
  # h2load is a client that starts in milliseconds: a JVM would be most of the figure
  h2load -n1 -c1 -m1 --header='content-type: application/grpc' --header='te: trailers' \
    -d "$scratch/request" "http://127.0.0.1:$port/tokenbroker.v1.TokenBroker/NextToken" >"$scratch/first" 2>&1
  end=$(date +%s%N)
  grep -q '1 succeeded' "$scratch/first"
  kill "$pid"
  wait "$pid" || :
  echo $(((end - begin) / 1000000))
}

# NextTokenRequest{account: "demo"} and an empty message, each behind gRPC's five bytes of framing
printf '\x00\x00\x00\x00\x06\x0a\x04demo' >"$scratch/request"
printf '\x00\x00\x00\x00\x00' >"$scratch/empty"

load() { # PORT PATH BODY SECONDS: calls a second
  h2load -D "$4" -c "$clients" -m "$streams" -t 1 \
    --header='content-type: application/grpc' --header='te: trailers' \
    -d "$3" "http://127.0.0.1:$1/$2" >"$scratch/h2load" 2>&1
  # every answer must be one: HTTP status 200 is not enough, but errors show up here
  grep -q ' 0 failed, 0 errored, 0 timeout' "$scratch/h2load" || { cat "$scratch/h2load" >&2; exit 1; }
  sed -n 's/^finished in .*, \([0-9.]*\) req\/s.*/\1/p' "$scratch/h2load"
}

echo "== start: process start to the first token, ms (embedded database)"
for i in 1 2 3 4 5; do start_once "$scratch/new-$i"; done | tee "$scratch/start-new" | sed 's/^/  new database   /'
for _ in 1 2 3 4 5; do start_once "$scratch/new-1"; done | tee "$scratch/start-used" | sed 's/^/  used database  /'
echo "  median: new $(median <"$scratch/start-new"), used $(median <"$scratch/start-used")"

TOKENBROKER_LOG_FORMAT=json "$tokenbroker" serve --demo --data "$scratch/data" --listen 127.0.0.1:0 >"$scratch/broker.log" 2>&1 &
pids+=("$!")
# shellcheck disable=SC2086 # options are words
"$java" ${ECHO_JAVA_OPTS:-} -cp "$classpath" io.tokenbroker.server.bench.EchoServer >"$scratch/echo.log" 2>&1 &
pids+=("$!")
broker=$(await "$scratch/broker.log" "$address")
echo_port=$(await "$scratch/echo.log" 's/^listening //p')

echo "== unary: calls a second, $clients connections of $streams calls, ${seconds}s a round"
for _ in 1 2 3; do # until the compiler rests: on two cores it takes its time from the server
  load "$echo_port" bench.Echo/Echo "$scratch/empty" "$warm_up" >/dev/null
  load "$broker" tokenbroker.v1.TokenBroker/NextToken "$scratch/request" "$warm_up" >/dev/null
done
for round in $(seq "$rounds"); do
  e=$(load "$echo_port" bench.Echo/Echo "$scratch/empty" "$seconds")
  b=$(load "$broker" tokenbroker.v1.TokenBroker/NextToken "$scratch/request" "$seconds")
  echo "$e" >>"$scratch/echo.rates"
  echo "$b" >>"$scratch/broker.rates"
  echo "  round $round: echo $e, NextToken $b, ratio $(ratio "$b" "$e")"
done
e=$(median <"$scratch/echo.rates")
b=$(median <"$scratch/broker.rates")
echo "  median: echo $e, NextToken $b, ratio $(ratio "$b" "$e")"

echo "== stream: turns a second to one reader in another process"
for batch in 10 100 1000; do
  s=$("$java" -cp "$classpath" io.tokenbroker.server.bench.StreamReader "$broker" demo "$batch" "$seconds")
  echo "  batches of $batch: $s, $(ratio "$s" "$b") x unary"
done
