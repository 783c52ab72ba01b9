#!/usr/bin/env bash
# Files, lines of code (without blanks, comments and imports), and the longest file, by package. Usage: figures.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# Prints the lines of code of each file.
code() {
  awk '
    function done() { if (file != "") print lines, file }
    FNR == 1 { done(); file = FILENAME; lines = 0; comment = 0 }
    { line = $0 }
    comment { if (sub(/^.*\*\//, "", line)) comment = 0; else next }
    { while (match(line, /\/\*[^*]*(\*[^\/*][^*]*)*\*\//)) line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH) }
    line ~ /^[ \t]*\/\*/ { comment = 1; next }
    line ~ /^[ \t]*(\/\/.*)?$/ || line ~ /^(import|package) / { next }
    { lines++ }
    END { done() }' "$@"
}

for kind in main test; do
  case $kind in
    main) roots=$(find client server proto -path '*/src/main/java' -not -path '*/target/*') ;;
    test) roots=$(find client server proto -path '*/src/*/java' -not -path '*/src/main/*' -not -path '*/target/*') ;;
  esac
  # shellcheck disable=SC2086
  find $roots -name '*.java' -print0 | xargs -0 -n 100000 bash -c "$(declare -f code); code \"\$@\"" code | sort -n |
    awk -v kind=$kind '
      { package = $2; sub(/\/[^\/]*$/, "", package); sub(/src\/.*\/java\//, "", package)
        files[package]++; sum[package] += $1; all += $1; longest[package] = $1; sorted[++n] = $1 }
      END {
        for (package in files) printf "%-4s %4d files %6d lines, longest %4d  %s\n", kind, files[package], sum[package], longest[package], package | "sort -k7"
        close("sort -k7")
        printf "%-4s %4d files %6d lines, median %d, longest %d\n\n", kind, n, all, sorted[int((n + 1) / 2)], sorted[n] }'
done
