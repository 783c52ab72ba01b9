package io.tokenbroker.client.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Standard output that knows why it failed. */
final class PipedOutput extends FilterOutputStream {
  private volatile boolean readerGone;

  PipedOutput(OutputStream out) {
    super(out);
  }

  /** Whether the other end of the pipe was closed. */
  boolean isReaderGone() {
    return readerGone;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      readerGone = String.valueOf(e.getMessage()).contains("Broken pipe");
      throw e;
    }
  }
}
