#!/bin/sh
# try.sh VERSION OUT: each package in OUT that is there: unpacked or installed elsewhere, started, asked, stopped.
set -eu

here=$(CDPATH='' cd -- "${0%/*}" && pwd)
out=$(CDPATH='' cd -- "$2" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
try() { printf '\n== %s\n' "${1##*/}"; [ -e "$1" ] || { echo 'skipped: it was not made'; return 1; }; }

if try "$out/tokenbroker-$1.tar.gz"; then
  (cd "$out" && sha256sum -c "tokenbroker-$1.tar.gz.sha256")
  tar -C "$place" -xf "$out/tokenbroker-$1.tar.gz"
  "$here/smoke.sh" "$place/tokenbroker-$1/bin/tokenbroker"
fi

jre=tokenbroker-$1-linux-$(uname -m)
if try "$out/$jre.tar.gz"; then
  (cd "$out" && sha256sum -c "$jre.tar.gz.sha256")
  tar -C "$place" -xf "$out/$jre.tar.gz"
  "$here/smoke.sh" env -i PATH=/nonexistent "$place/$jre/bin/tokenbroker"
  # made where it was packed, and good here
  env -i TOKENBROKER_JAVA_OPTS=-Xlog:class+load:stdout "$place/$jre/bin/tokenbroker" --version >"$place/classes"
  grep -q 'io.tokenbroker.server.Main source: shared objects file' "$place/classes" || {
    echo 'its archives of classes are not used' >&2
    exit 1
  }
fi

deb=$(echo "$out"/tokenbroker_*_all.deb)
if try "$deb"; then
  "$here/deb/try.sh" "$deb" || [ $? -eq 77 ]
fi

if try "$out/tokenbroker-$1.oci.tar"; then
  "$here/image/try.sh" "$out/tokenbroker-$1.oci.tar" || [ $? -eq 77 ]
fi
try "$out/tokenbroker-$1.tgz" && echo 'linted and rendered as it was packed; no cluster is here' || :
