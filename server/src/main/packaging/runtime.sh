#!/bin/sh
# runtime.sh JDK DIRECTORY: adds to a staged distribution a Java of its own, out of JDK, and the class archives that
# go with it.
set -eu

[ -x "$1/bin/jlink" ] && [ -d "$1/jmods" ] || {
  echo "skipped: $1 has no jlink or no jmods; give a whole JDK, RUNTIME_JDK=/path/to/jdk" >&2
  exit 77
}
# What jdeps finds in the jars, and besides: elliptic curves for TLS, the JDK's own beans about memory, SASL and GSS
# for logins to databases.
"$1/bin/jlink" --module-path "$1/jmods" --output "$2/runtime" --no-header-files --no-man-pages \
  --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.crypto.ec,jdk.jfr,jdk.management,jdk.net,jdk.unsupported,java.compiler,java.instrument,java.rmi,java.transaction.xa,java.scripting
find "$2/runtime" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
"$2/runtime/bin/java" -Xshare:dump -Xlog:disable -Xlog:all=error:stderr
"$2/bin/archive-classes"
