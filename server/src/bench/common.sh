# For the benchmarks, to be sourced: a directory in $scratch, and an end of the processes in $pids.
scratch=$(mktemp -d)
pids=()

cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || :; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || :; done
  rm -rf "$scratch"
}
trap cleanup EXIT

await() { # FILE SED-EXPRESSION: prints what the expression finds, once it does
  local found= tries=0
  while [ -z "$found" ]; do
    found=$(sed -n "$2" "$1" 2>/dev/null | head -n 1)
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "nothing in $1 after 60 s" >&2; cat "$1" >&2; exit 1; }
    [ -n "$found" ] || sleep 0.1
  done
  printf '%s' "$found"
}
