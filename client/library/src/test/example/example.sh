#!/bin/sh
# The example of docs/batch-workers.md against a broker of its own, with made-up tokens, on a free
# port. Needs the distribution and the compiled tests: make example
set -eu

home=$(CDPATH='' cd -- "${0%/*}/../../../../.." && pwd -P)
dist=$home/server/target/tokenbroker
scratch=$(mktemp -d)
daemon=

cleanup() {
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || :
    wait "$daemon" 2>/dev/null || :
  fi
  rm -rf "$scratch"
}
trap cleanup EXIT
# Ctrl-C is for the example; what it leaves is cleaned up when it has ended.
trap : INT

# In a session of its own where that is possible: Ctrl-C must not stop it first.
setsid=$(command -v setsid) || setsid=
$setsid "$dist/bin/tokenbroker" serve --demo --data "$scratch/data" --listen 127.0.0.1:0 \
  >"$scratch/serve.log" 2>&1 &
daemon=$!
address=
waited=0
while [ -z "$address" ]; do
  if ! kill -0 "$daemon" 2>/dev/null || [ "$waited" -ge 60 ]; then
    echo 'example: the broker does not start:' >&2
    cat "$scratch/serve.log" >&2
    exit 1
  fi
  sleep 0.5 2>/dev/null || sleep 1
  waited=$((waited + 1))
  address=$(sed -n 's/.*\(127\.0\.0\.1:[1-9][0-9]*\).*/\1/p' "$scratch/serve.log" | head -n 1)
done

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
status=0
"$java" -cp "$home/client/library/target/test-classes:$dist/lib/*" \
  io.tokenbroker.example.BatchWorkers "$address" demo || status=$?
exit "$status"
