#!/bin/sh
# smoke.sh COMMAND...: that COMMAND, a tokenbroker, serves its demo account, hands out tokens in turn, and stops in
# good order. In a directory of its own, but for SMOKE_DATA; listens on a free port of this machine.
set -eu

scratch=$(mktemp -d)
daemon=
cleanup() {
  [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
failed() {
  echo "smoke: $1" >&2
  sed 's/^/  /' "$scratch/log" >&2
  exit 1
}

cd "$scratch"
"$@" serve --demo --data "${SMOKE_DATA:-$scratch/data}" --listen 127.0.0.1:0 >"$scratch/log" 2>&1 &
daemon=$!
address=
while [ -z "$address" ]; do
  kill -0 "$daemon" 2>/dev/null || failed 'it did not start'
  sleep 0.5
  address=$(sed -n 's/.*\(127\.0\.0\.1:[1-9][0-9]*\).*/\1/p' "$scratch/log" | head -n 1)
done
for turn in 1 2 3 1; do
  token=$("$@" next demo -q --endpoint "$address") || failed 'no token'
  [ "$token" = "demo-token-$turn" ] || failed "token $token, not demo-token-$turn"
done
kill "$daemon"
status=0
wait "$daemon" || status=$?
daemon=
[ "$status" -eq 0 ] || failed "its stop ended with $status"
echo "smoke: it serves, hands out in turn, and stops"
