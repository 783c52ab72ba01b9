package io.tokenbroker.server.log;

/** Makes any text one line that nobody can forge: for messages, logs, JSON and quoted YAML. */
public final class Escape {
  private Escape() {}

  /** For a place within quotes: also escapes quotes and backslashes, as JSON and YAML do. */
  public static void quoted(StringBuilder out, String text, int maxLength) {
    append(out, text, maxLength, true);
  }

  /** For a place outside quotes. */
  public static void plain(StringBuilder out, String text, int maxLength) {
    append(out, text, maxLength, false);
  }

  /** Escapes what breaks or reorders lines, and says by … that text beyond maxLength is missing. */
  private static void append(StringBuilder out, String text, int maxLength, boolean quoted) {
    int end = Math.min(text.length(), maxLength);
    int c;
    for (int i = 0; i < end; i += Character.charCount(c)) {
      c = text.codePointAt(i);
      if (c == '\n') {
        out.append("\\n");
      } else if (c == '\r') {
        out.append("\\r");
      } else if (c == '\t') {
        out.append("\\t");
      } else if (quoted && (c == '"' || c == '\\')) {
        out.append('\\').append((char) c);
      } else if (isUnsafe(c)) {
        unicode(out, c);
      } else {
        out.appendCodePoint(c);
      }
    }
    if (end < text.length()) {
      out.append('…');
    }
  }

  private static boolean isUnsafe(int c) {
    if (c >= ' ' && c < 0x7f) {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static void unicode(StringBuilder out, int codePoint) {
    for (char unit : Character.toChars(codePoint)) {
      out.append("\\u");
      for (int shift = 12; shift >= 0; shift -= 4) {
        out.append(Character.forDigit(unit >> shift & 0xf, 16));
      }
    }
  }
}
