#!/usr/bin/env bash
# fuzz.sh [TARGET...]: runs each target of FuzzTargets RUNS times under Jazzer, and tells how often it ran,
# how much of our code it reached, and what it found. Its corpus stays in server/target/fuzz and is
# gone on with; the inputs of `make test` are what it begins with. Exits with 1 if anything was found.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(policy config import keyset jwt audit requests)
classpath="target/jazzer/*:target/test-classes:target/classes:$(cat target/test.classpath)"
found=0
# In bytes. What is longer tries little that is new, and takes its time.
declare -A longest=([policy]=1024 [config]=640 [import]=1024 [keyset]=1024 [jwt]=512 [audit]=384 [requests]=512)
# What would tell the fuzzer of each character that is compared, and nothing of what it looks for.
server=io.tokenbroker.server
apart=$server.config.Suggestion:$server.config.ConfigTarget:$server.security.PolicyTarget:$server.security.JwtTarget
apart+=:$server.security.KeysetTarget:$server.audit.AuditTarget:$server.grpc.ImportTarget:$server.fuzz.**

printf '%-10s %10s %10s %10s %8s  %s\n' target runs coverage features seconds found
for target in "${targets[@]}"; do
  place=target/fuzz/$target
  seeds=src/test/resources/fuzz/$target
  if [ ! -d "$seeds" ]; then
    echo "no target is called $target" >&2
    exit 2
  fi
  mkdir -p "$place/corpus" "$place/findings"
  begin=$SECONDS
  # libFuzzer's limit of memory counts the whole JVM
  "${JAVA:-java}" -Xmx512m -XX:+UseSerialGC -XX:+EnableDynamicAgentLoading -cp "$classpath" \
    com.code_intelligence.jazzer.Jazzer \
    --target_class=io.tokenbroker.server.fuzz.Fuzz --target_args="$target" \
    --instrumentation_includes='io.tokenbroker.**' --instrumentation_excludes="$apart" \
    --custom_hook_includes='io.tokenbroker.**' --custom_hook_excludes="$apart" \
    --reproducer_path="$place" \
    -runs="${RUNS:-1000000}" -max_len="${longest[$target]:-1024}" -len_control=0 -rss_limit_mb=1536 -timeout=60 -use_value_profile=0 \
    -print_final_stats=1 -artifact_prefix="$place/findings/" "$place/corpus" "$seeds" \
    >"$place/log" 2>&1
  status=$?
  last=$(grep -aoE 'cov: [0-9]+ ft: [0-9]+' "$place/log" | tail -1)
  what=nothing
  if [ "$status" -ne 0 ]; then
    found=1
    what="$(grep -a -m1 -A1 '== Java Exception' "$place/log" | tail -1 | cut -c1-100) see server/$place"
  fi
  # shellcheck disable=SC2086 # cov: N ft: N
  set -- $last
  printf '%-10s %10s %10s %10s %8s  %s\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$place/log")" "${2:-?}" "${4:-?}" \
    "$((SECONDS - begin))" "$what"
done
exit $found
