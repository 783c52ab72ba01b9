#!/usr/bin/env bash
# What metrics and traces cost, in processor time of the broker for each NextToken: without either; with metrics,
# scraped every second; with each call traced, the spans sent to a collector that throws them away.
# Everything runs on this machine, on loopback.
# Usage: telemetry.sh [ROUNDS] [SECONDS]    default 7 rounds of 3 seconds
# Needs a built distribution and test classes (make bench-telemetry), curl and python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

rounds=${1:-7}
seconds=${2:-3}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
tokenbroker=$PWD/server/target/tokenbroker/bin/tokenbroker
classpath="server/target/test-classes:server/target/classes:$(cat server/target/test.classpath)"
targets=()

. server/src/bench/common.sh

free() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

broker() { # NAME [VARIABLE=VALUE…]
  local name=$1 port
  shift
  port=$(free)
  env "$@" TOKENBROKER_LOG_FORMAT=json \
    "$tokenbroker" serve --demo --data "$scratch/$name" --listen "127.0.0.1:$port" >"$scratch/$name.log" 2>&1 &
  pids+=("$!")
  targets+=("$name:$!:$port:next:plain")
  [ -n "$(await "$scratch/$name.log" 's/.*"message":"\(serving\)".*/\1/p')" ]
}

cat >"$scratch/collector.py" <<'COLLECTOR'
import http.server

class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
COLLECTOR
python3 "$scratch/collector.py" >"$scratch/collector.log" 2>&1 &
pids+=("$!")
collector=$(await "$scratch/collector.log" 's/^listening //p')

http=$(free)

broker off
broker metrics "TOKENBROKER_LISTEN_HTTP=127.0.0.1:$http"
broker traces "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$collector" OTEL_TRACES_SAMPLER=always_on
broker traces-1-in-100 "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$collector" \
  OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0.01

scrape() {
  while curl -fsS -o "$scratch/scraped" "http://127.0.0.1:$http/metrics"; do sleep 1; done
}
scrape &
pids+=("$!")

echo "== processor time a call, $rounds rounds of ${seconds}s; 'of' compares speeds, round by round"
"$java" -cp "$classpath" io.tokenbroker.server.bench.CallCost "$rounds" "$seconds" "$scratch" "${targets[@]}"
echo "scraped last: $(grep -c '^tokenbroker_' "$scratch/scraped") series"
