package io.tokenbroker.server.audit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The end of a file of lines.
 *
 * @param chain where it stands; null if the last line is no record
 * @param torn whether the last line has no end
 */
record AuditTail(@Nullable Chain chain, boolean torn) {
  private static final Pattern SEQ = Pattern.compile("\\{\"seq\":(\\d{1,18}),.*");
  private static final int BLOCK = 64 * 1024;

  /**
   * @return {@link Chain#START} for a file that is empty
   */
  static AuditTail of(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long length = in.length();
      if (length == 0) {
        return new AuditTail(Chain.START, false);
      }
      boolean torn = byteAt(in, length - 1) != '\n';
      long end = torn ? length : length - 1;
      byte[] last = line(in, end);
      if (!torn) {
        return new AuditTail(chain(last), false);
      }
      // counts as a line, which has the number after the one before it
      long before = end - last.length;
      Chain whole = before == 0 ? Chain.START : chain(line(in, before - 1));
      return new AuditTail(
          whole == null ? null : new Chain(whole.seq() + 1, Chain.hash(last, last.length)), true);
    }
  }

  private static int byteAt(RandomAccessFile in, long at) throws IOException {
    in.seek(at);
    return in.read();
  }

  /** The line that ends before a place. */
  private static byte[] line(RandomAccessFile in, long end) throws IOException {
    long from = end;
    while (from > 0) {
      int size = (int) Math.min(BLOCK, from);
      byte[] block = new byte[size];
      in.seek(from - size);
      in.readFully(block);
      for (int i = size - 1; i >= 0; i--) {
        if (block[i] == '\n') {
          return bytes(in, from - size + i + 1, end);
        }
      }
      from -= size;
    }
    return bytes(in, 0, end);
  }

  private static byte[] bytes(RandomAccessFile in, long from, long end) throws IOException {
    byte[] line = new byte[Math.toIntExact(end - from)];
    in.seek(from);
    in.readFully(line);
    return line;
  }

  private static @Nullable Chain chain(byte[] line) {
    Matcher seq = SEQ.matcher(new String(line, StandardCharsets.UTF_8));
    return seq.matches()
        ? new Chain(Long.parseLong(seq.group(1)), Chain.hash(line, line.length))
        : null;
  }
}
