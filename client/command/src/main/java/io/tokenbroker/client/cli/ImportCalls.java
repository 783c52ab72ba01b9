package io.tokenbroker.client.cli;

import io.tokenbroker.client.cli.importing.ImportLine;
import java.util.ArrayList;
import java.util.List;

/** Splits an import into calls that the broker takes: it allows 1,000 tokens and 4 MiB. */
final class ImportCalls {
  static final int MAX_TOKENS = 1000;
  static final int MAX_BYTES = 3 * 1024 * 1024;

  /** For the tag and length of an element. */
  private static final int OVERHEAD = 6;

  private ImportCalls() {}

  static List<List<ImportLine>> split(List<ImportLine> lines) {
    List<List<ImportLine>> calls = new ArrayList<>();
    int start = 0;
    int bytes = 0;
    for (int i = 0; i < lines.size(); i++) {
      int size = lines.get(i).token().getSerializedSize() + OVERHEAD;
      if (i - start == MAX_TOKENS || (i > start && bytes + size > MAX_BYTES)) {
        calls.add(lines.subList(start, i));
        start = i;
        bytes = 0;
      }
      bytes += size;
    }
    if (start < lines.size()) {
      calls.add(lines.subList(start, lines.size()));
    }
    return calls;
  }
}
