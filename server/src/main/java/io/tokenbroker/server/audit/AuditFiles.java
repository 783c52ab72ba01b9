package io.tokenbroker.server.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The file that is written to, and those that were put aside: its name and their first number. */
final class AuditFiles {
  private AuditFiles() {}

  static Path aside(Path file, long firstSeq) {
    return file.resolveSibling(file.getFileName() + ".%016d".formatted(firstSeq));
  }

  /** Those that were put aside, the oldest first. */
  static List<Path> aside(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return List.of();
    }
    Pattern name = Pattern.compile(Pattern.quote(file.getFileName() + ".") + "\\d{16}");
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(path -> name.matcher(path.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }

  /** Those that were put aside, then the file itself if it is there. */
  static List<Path> all(Path file) throws IOException {
    List<Path> all = new ArrayList<>(aside(file));
    if (Files.exists(file)) {
      all.add(file);
    }
    return all;
  }
}
