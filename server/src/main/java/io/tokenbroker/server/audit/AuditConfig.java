package io.tokenbroker.server.audit;

import java.nio.file.Path;
import java.util.Optional;

/**
 * @param file the lines are appended to; {@code -} is standard output
 * @param keyFile of the private key that signs, in PEM; empty for the file's name with {@code .key}
 *     behind it, or, with standard output, for no signature
 * @param maxFileBytes when a file is put aside and a new one begun
 * @param bufferBytes what may wait in memory to be written
 */
public record AuditConfig(
    Path file,
    Optional<Path> keyFile,
    long maxFileBytes,
    long bufferBytes,
    Fsync fsync,
    Turns turns,
    OnFailure onFailure) {
  private static final Path STANDARD_OUTPUT = Path.of("-");

  public boolean isStandardOutput() {
    return file.equals(STANDARD_OUTPUT);
  }

  /** When what was written is forced to the disk. */
  public enum Fsync {
    /** Each time, before anybody is told that it is written. */
    ALWAYS,
    /** Once a second, if anything was written. */
    SECOND,
    /** When the operating system does. */
    NEVER
  }

  /** How turns are recorded. */
  public enum Turns {
    SUMMARY,
    EACH,
    OFF
  }

  /** What is refused while nothing can be written. */
  public enum OnFailure {
    /** Calls of the control plane. */
    REFUSE_ADMIN,
    /** Those, and whatever would hand out a secret. */
    REFUSE_ALL,
    GO_ON
  }
}
