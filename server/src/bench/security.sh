#!/usr/bin/env bash
# What identity, policy and audit cost, in processor time of the broker for each NextToken, beside
# an empty grpc-java echo, with and without mutual TLS. Everything runs on this machine, on loopback.
# Usage: security.sh [ROUNDS] [SECONDS]    default 7 rounds of 3 seconds
# Needs a built distribution and test classes (make bench-security).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

rounds=${1:-7}
seconds=${2:-3}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
tokenbroker=$PWD/server/target/tokenbroker/bin/tokenbroker
classpath="server/target/test-classes:server/target/classes:$(cat server/target/test.classpath)"
targets=()
# As the launcher starts the broker, with the collector that the JVM takes by itself: what another one costs or
# saves is no matter of identity, policy and audit. COLLECTOR=-XX:+UseSerialGC, say, goes for all.
jvm=(${COLLECTOR:+"$COLLECTOR"} --add-opens=java.base/java.nio=ALL-UNNAMED
  -Dio.grpc.netty.shaded.io.netty.tryReflectionSetAccessible=true
  -Dio.grpc.netty.shaded.io.netty.leakDetection.level=disabled -Dio.grpc.netty.shaded.io.netty.jfr.enabled=false)

. server/src/bench/common.sh

echo_server() { # NAME plain|tls [CERT KEY CA]
  local name=$1 transport=$2 port
  shift 2
  "$java" "${jvm[@]}" -cp "$classpath" io.tokenbroker.server.bench.EchoServer "$@" >"$scratch/$name.log" 2>&1 &
  pids+=("$!")
  port=$(await "$scratch/$name.log" 's/^listening //p')
  targets+=("$name:$!:$port:echo:$transport")
}

broker() { # NAME plain|tls [VARIABLE=VALUE…]
  local name=$1 transport=$2 port
  shift 2
  env "$@" TOKENBROKER_LOG_FORMAT=json TOKENBROKER_JAVA_OPTS="${COLLECTOR:-}" \
    "$tokenbroker" serve --demo --data "$scratch/$name" --listen 127.0.0.1:0 >"$scratch/$name.log" 2>&1 &
  pids+=("$!")
  port=$(await "$scratch/$name.log" 's/.*"address":"127\.0\.0\.1:\([0-9]*\)".*/\1/p')
  targets+=("$name:$!:$port:next:$transport")
}

certs=$scratch/certs
"$tokenbroker" tls self-signed "$certs" >/dev/null
cat >"$scratch/policy.yaml" <<'POLICY'
rules:
  - callers: ["spiffe://tokenbroker.local/client"]
    accounts: ["demo"]
    may: [next, stream, lease, report]
  - callers: ["spiffe://tokenbroker.local/*"]
    accounts: ["github-*", "llm-*"]
    may: [next, stream, lease, report, watch]
POLICY
tls=("TOKENBROKER_TLS_CERT_FILE=$certs/server.pem" "TOKENBROKER_TLS_KEY_FILE=$certs/server.key"
  "TOKENBROKER_TLS_CLIENT_CA_FILE=$certs/ca.pem")

echo_server echo plain
echo_server echo-mtls tls "$certs/server.pem" "$certs/server.key" "$certs/ca.pem"
broker next plain
broker next-mtls tls "${tls[@]}"
broker next-mtls-policy tls "${tls[@]}" "TOKENBROKER_POLICY_FILE=$scratch/policy.yaml"
broker next-all tls "${tls[@]}" "TOKENBROKER_POLICY_FILE=$scratch/policy.yaml" \
  "TOKENBROKER_AUDIT_FILE=$scratch/audit.jsonl"

echo "== processor time a call, $rounds rounds of ${seconds}s; 'of' compares speeds, round by round (next-all: mTLS, policy, audit)"
"$java" -cp "$classpath" io.tokenbroker.server.bench.CallCost "$rounds" "$seconds" "$certs" "${targets[@]}"
