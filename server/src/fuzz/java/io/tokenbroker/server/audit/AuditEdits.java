package io.tokenbroker.server.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What somebody does to lines who can write to the file but has no key, by bytes. */
final class AuditEdits {
  private final byte[] edits;
  private int at = 1;

  AuditEdits(byte[] edits) {
    this.edits = edits;
  }

  private int next(int bound) {
    int value = at < edits.length ? edits[at] & 0xff : 0;
    at++;
    return value % bound;
  }

  List<String> of(List<String> written) {
    List<String> lines = new ArrayList<>(written);
    while (at < edits.length && !lines.isEmpty()) {
      int line = next(lines.size());
      String text = lines.get(line);
      switch (next(8)) {
        case 0 -> lines.remove(line);
        case 1 -> lines.add(line, lines.get(next(lines.size())));
        case 2 -> Collections.swap(lines, line, next(lines.size()));
        case 3 -> lines.set(line, text.substring(0, next(text.length() + 1)));
        case 4 -> lines.set(line, text.substring(next(text.length() + 1)));
        case 5 -> lines.add(line, text.replaceFirst("\"seq\":\\d+", "\"seq\":" + next(16)));
        case 6 -> chain(lines, line);
        default -> {
          int place = next(text.length() + 1);
          lines.set(
              line,
              text.substring(0, place)
                  + (char) next(256)
                  + text.substring(Math.min(text.length(), place + next(2))));
        }
      }
    }
    return lines;
  }

  /** Makes the hashes from this line on fit, as who knows how they are made can. */
  private static void chain(List<String> lines, int from) {
    for (int i = Math.max(1, from); i < lines.size(); i++) {
      byte[] before = lines.get(i - 1).getBytes(StandardCharsets.ISO_8859_1);
      String hash = Chain.hash(before, before.length);
      lines.set(i, lines.get(i).replaceFirst("\"prev\":\"[^\"]*\"", "\"prev\":\"" + hash + "\""));
    }
  }
}
