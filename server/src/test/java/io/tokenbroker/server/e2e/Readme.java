package io.tokenbroker.server.e2e;

import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** README.md, by its headings. */
final class Readme {
  static final String FIRST_CALLS = "## First calls\n";
  static final String FOR_REAL = "## For real\n";

  private Readme() {}

  static String text() throws IOException {
    return Files.readString(Documents.folder().resolveSibling("README.md"));
  }

  static String section(String heading) throws IOException {
    String text = text();
    int begin = text.indexOf(heading) + heading.length();
    return text.substring(begin, text.indexOf("\n## ", begin));
  }

  /** Its blocks of commands, in their order. */
  static List<String> commands(String text) {
    return Block.of(text).stream().filter(Block::isShell).map(Block::text).toList();
  }
}
