package io.tokenbroker.client.cli.importing;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The lines of a file without their ends, and which of them (from 1) are not UTF-8. Those have a
 * replacement character where the bytes were wrong.
 */
record SourceText(List<String> lines, TreeSet<Integer> malformed) {
  /** A byte order mark is dropped; lines end with LF or CR LF. */
  static SourceText decode(byte[] bytes) {
    List<String> lines = new ArrayList<>();
    TreeSet<Integer> malformed = new TreeSet<>();
    int start = startsWithMark(bytes) ? 3 : 0;
    for (int i = start; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        add(bytes, start, i, lines, malformed);
        start = i + 1;
      }
    }
    if (start < bytes.length) {
      add(bytes, start, bytes.length, lines, malformed);
    }
    return new SourceText(lines, malformed);
  }

  private static void add(
      byte[] bytes, int start, int end, List<String> lines, TreeSet<Integer> malformed) {
    int length = (end > start && bytes[end - 1] == '\r' ? end - 1 : end) - start;
    try {
      lines.add(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, start, length))
              .toString());
    } catch (CharacterCodingException e) {
      lines.add(new String(bytes, start, length, StandardCharsets.UTF_8));
      malformed.add(lines.size());
    }
  }

  private static boolean startsWithMark(byte[] bytes) {
    return bytes.length >= 3
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF;
  }

  /** Whether there is something else than UTF-8 from the first to the last of these lines. */
  boolean isMalformed(int first, int last) {
    Integer line = malformed.ceiling(first);
    return line != null && line <= last;
  }

  /** Neither blank nor a comment. */
  static boolean isContent(String line) {
    String text = line.strip();
    return !text.isEmpty() && !text.startsWith("#");
  }

  /** Empty if there is none. */
  String firstContentLine() {
    return lines.stream().filter(SourceText::isContent).findFirst().orElse("");
  }

  /** From 1; 1 if there is none. */
  int firstContentLineNumber() {
    return Math.max(0, lines.indexOf(firstContentLine())) + 1;
  }

  /** Without the lines, which hold the secrets. */
  @Override
  public String toString() {
    return "SourceText[" + lines.size() + " lines]";
  }
}
