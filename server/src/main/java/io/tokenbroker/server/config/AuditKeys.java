package io.tokenbroker.server.config;

import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import java.nio.file.Path;

/** The keys about the audit log; part of {@link Keys#ALL}. */
final class AuditKeys {
  private static final int MIB = 1024 * 1024;

  private AuditKeys() {}

  static final Key<Path> FILE =
      Key.optional(
          "audit.file",
          new PathType(),
          "/var/log/tokenbroker/audit.jsonl",
          "Where acts, refusals and hand-outs are written down, a JSON object on a line; - is"
              + " standard output. Without it, nowhere.");
  static final Key<Path> KEY_FILE =
      Key.optional(
          "audit.key_file",
          new PathType(),
          "/etc/tokenbroker/audit.key",
          "The key that signs the audit log, in PEM, mode 0600; made if it is not there. Without"
              + " it, audit.file with .key behind it; standard output is then not signed.");
  static final Key<Integer> MAX_FILE_SIZE =
      Key.of(
          "audit.max_file_size",
          new SizeType(MIB, 1024 * MIB),
          "64MiB",
          "When the file is put aside, under the number of its first record. None is ever"
              + " removed.");
  static final Key<Integer> BUFFER_BYTES =
      Key.of(
          "audit.buffer_bytes",
          new SizeType(4 * MIB, 1024 * MIB),
          "16MiB",
          "How much memory may take what waits to be written; what is beyond is counted, and the"
              + " count written.");
  static final Key<Fsync> FSYNC =
      Key.of(
          "audit.fsync",
          new ChoiceType<>(Fsync.class),
          "always",
          "When what was written is forced to the disk: before anybody is told, once a second, or"
              + " when the operating system does.");
  static final Key<Turns> TURNS =
      Key.of(
          "audit.turns",
          new ChoiceType<>(Turns.class),
          "summary",
          "How turns are written: once a second with their numbers for each caller, account, scope"
              + " and token; each; or off.");
  static final Key<OnFailure> ON_FAILURE =
      Key.of(
          "audit.on_failure",
          new ChoiceType<>(OnFailure.class),
          "refuse_admin",
          "What gets UNAVAILABLE while nothing can be written: administration; that and all that"
              + " hands out secrets; or, with go_on, nothing.");
}
