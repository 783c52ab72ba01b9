#!/bin/sh
# pack.sh DIRECTORY: DIRECTORY.tar.gz and its checksum beside it. The same files give the same bytes, whoever packs
# them, when and where.
set -eu

cd "$(dirname "$1")"
name=$(basename "$1")
tar --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX -cf - "$name" | gzip -n >"$name.tar.gz"
sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
echo "$PWD/$name.tar.gz"
