package io.tokenbroker.server.audit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads a file line by line. */
final class AuditLines implements AutoCloseable {
  /** Of a line, in bytes: the largest request, with room; what is longer is no record. */
  private static final int MAX_LINE = 128 * 1024 * 1024;

  private final Path file;
  private final InputStream in;
  private long number;

  AuditLines(Path file) throws IOException {
    this(file, new BufferedInputStream(Files.newInputStream(file), 64 * 1024));
  }

  /**
   * @param file what it is called
   * @param in what is in it, read byte by byte
   */
  AuditLines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  /** Null at the end. */
  @Nullable AuditLine next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    int next = in.read();
    if (next < 0) {
      return null;
    }
    number++;
    while (next >= 0 && next != '\n') {
      if (line.size() == MAX_LINE) {
        throw new IOException(file + ":" + number + " is longer than any record");
      }
      line.write(next);
      next = in.read();
    }
    return AuditLine.of(file, number, line.toByteArray(), next == '\n');
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
