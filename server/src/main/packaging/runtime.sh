#!/bin/sh
# runtime.sh JDK DIRECTORY: adds to a staged distribution a Java of its own, out of JDK, and the class archives that
# go with it.
set -eu

if [ ! -x "$1/bin/jlink" ] || [ ! -d "$1/jmods" ]; then
  echo "skipped: $1 has no jlink or no jmods; give a whole JDK, RUNTIME_JDK=/path/to/jdk" >&2
  exit 77
fi
# What our own jars ask for, as jdeps finds it; what those of others do, most of which do not say; elliptic curves for
# TLS, and SASL and GSS for logins to databases.
own=$("$1/bin/jdeps" --multi-release 17 --ignore-missing-deps --print-module-deps "$2"/lib/tokenbroker-*.jar)
others=java.compiler,java.desktop,java.logging,java.management,java.sql.rowset,java.xml,jdk.jfr,jdk.net,jdk.unsupported
"$1/bin/jlink" --module-path "$1/jmods" --output "$2/runtime" --no-header-files --no-man-pages \
  --add-modules "$own,$others,java.security.jgss,java.security.sasl,jdk.crypto.ec"
find "$2/runtime" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
"$2/runtime/bin/java" -Xshare:dump -Xlog:disable -Xlog:all=error:stderr
"$2/bin/archive-classes"
