package io.tokenbroker.client.cli;

/** Text that cannot move the cursor of a terminal or break a line. */
final class Visible {
  private Visible() {}

  /** Control characters become {@code \n}, {@code \t} or {@code \}{@code u001b}. */
  static String text(String raw) {
    if (raw.codePoints().noneMatch(Visible::moves)) {
      return raw;
    }
    StringBuilder visible = new StringBuilder();
    raw.codePoints()
        .forEach(
            c -> {
              if (!moves(c)) {
                visible.appendCodePoint(c);
              } else if (c == '\n') {
                visible.append("\\n");
              } else if (c == '\t') {
                visible.append("\\t");
              } else {
                visible.append(String.format("\\u%04x", c));
              }
            });
    return visible.toString();
  }

  private static boolean moves(int c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
