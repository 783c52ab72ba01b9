#!/usr/bin/env bash
# advisories.sh SBOM: asks OSV (https://osv.dev) whether anything is known against the versions in a
# CycloneDX file. Exit code 1: something is. Where OSV can't be asked it says "skipped" and exits with 0,
# or with 2 if REQUIRE=1. OSV_URL is another place that answers like it. Needs curl.
set -euo pipefail

sbom=$1
osv=${OSV_URL:-https://api.osv.dev}

ask() { curl -fsS --max-time 60 -H 'Content-Type: application/json' --data-binary @- "$osv/v1/$1"; }

query() { printf '{"package":{"purl":"%s"}}' "$1"; }

skipped() {
  echo "known weaknesses: skipped, no data: $1"
  [ "${REQUIRE:-0}" = 1 ] && exit 2
  exit 0
}

# pkg:maven/group/name@version, without ?type=jar; ours are nobody's to know
mapfile -t purls < <(grep -oE '"purl" *: *"pkg:maven/[^"?]+' "$sbom" | sed 's/.*"//' |
  grep -v '^pkg:maven/io.tokenbroker/' | sort -u)
[ ${#purls[@]} -gt 0 ] || { echo "$sbom names no jars" >&2; exit 1; }

command -v curl >/dev/null || skipped 'there is no curl here'
answer=$({
  printf '{"queries":['
  for i in "${!purls[@]}"; do
    [ "$i" -eq 0 ] || printf ','
    query "${purls[$i]}"
  done
  printf ']}'
} | ask querybatch 2>&1) || skipped "$(printf '%s' "$answer" | tail -1)"
case $answer in
  *'"results"'*) ;;
  *) skipped "$osv answers something else" ;;
esac
case $answer in
  *'"vulns"'*) ;;
  *) echo "known weaknesses: none in ${#purls[@]} jars"; exit 0 ;;
esac

bad=0
for purl in "${purls[@]}"; do
  known=$(query "$purl" | ask query) || { echo "$purl could not be asked about" >&2; exit 1; }
  ids=$(printf '%s' "$known" | grep -oE '"id" *: *"[A-Z]+-[^"]+"' | sed 's/.*: *"//; s/"//' |
    sort -u | paste -sd' ') || true
  if [ -n "$ids" ]; then
    bad=$((bad + 1))
    echo "$purl: $ids"
  fi
done
echo "known weaknesses: in $bad of ${#purls[@]} jars"
[ "$bad" -eq 0 ]
