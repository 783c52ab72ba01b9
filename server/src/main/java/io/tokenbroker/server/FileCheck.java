package io.tokenbroker.server;

import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;

/** Rights of files, and room for those that grow. */
final class FileCheck {
  private static final long MIB = 1 << 20;

  /** Below, what is written fails soon. */
  private static final long NO_ROOM = 64 * MIB;

  private static final long LITTLE_ROOM = 1024 * MIB;

  private final Config config;
  private final Findings findings;

  FileCheck(Config config, Findings findings) {
    this.config = config;
    this.findings = findings;
  }

  void look() {
    config.tls().ifPresent(files -> secret("tls.key_file", files.key()));
    if (config.database().embedded()) {
      room("disk", config.data());
    }
    config.audit().ifPresent(this::audit);
  }

  private void audit(AuditConfig audit) {
    if (audit.isStandardOutput()) {
      return;
    }
    Path file = audit.file().toAbsolutePath();
    Path directory = file.getParent();
    if (Files.exists(file)
        ? !Files.isWritable(file)
        : !(directory != null && isWritable(directory))) {
      findings.fail(
          "audit",
          file + " can't be written by this user, or its directory is not there",
          "Make the directory, give it to this user, or choose another audit.file.");
    } else {
      findings.ok("audit", file + " can be written");
      room("audit disk", file);
    }
  }

  private static boolean isWritable(Path directory) {
    return Files.isDirectory(directory) && Files.isWritable(directory);
  }

  private void secret(String key, Path file) {
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
      if (mode.contains(PosixFilePermission.OTHERS_READ)) {
        findings.warn(
            "files",
            "%s %s may be read by everybody on this machine".formatted(key, file),
            "chmod o-r it.");
      } else {
        findings.ok("files", "%s %s is nobody else's".formatted(key, file));
      }
    } catch (IOException | UnsupportedOperationException e) {
      // what can't be read is told where it is needed
    }
  }

  private void room(String subject, Path of) {
    Optional<Path> there = existing(of.toAbsolutePath());
    try {
      long left = there.isEmpty() ? 0 : Files.getFileStore(there.get()).getUsableSpace();
      String text = "%s free for %s".formatted(size(left), of);
      if (left < NO_ROOM) {
        findings.fail(subject, text, "Make room: changes fail when the disk is full.");
      } else if (left < LITTLE_ROOM) {
        findings.warn(subject, text, "Make room: changes fail when the disk is full.");
      } else {
        findings.ok(subject, text);
      }
    } catch (IOException e) {
      findings.warn(subject, "nobody knows how much is free for " + of, "Look with df.");
    }
  }

  /** Itself, or the nearest directory above that is there. */
  private static Optional<Path> existing(Path file) {
    Path there = file;
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    return Optional.ofNullable(there);
  }

  static String size(long bytes) {
    return bytes / MIB < 10 * 1024 ? bytes / MIB + " MiB" : bytes / MIB / 1024 + " GiB";
  }
}
