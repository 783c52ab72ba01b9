package io.tokenbroker.server.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Lines in memory; a disk that a test can fill. */
final class FakeSink implements AuditSink {
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  volatile boolean full;
  boolean unforceable;
  int forced;

  List<String> lines() {
    return lines.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Override
  public Chain chain() {
    return Chain.START;
  }

  @Override
  public boolean isTorn() {
    return false;
  }

  @Override
  public void append(byte[] bytes) throws IOException {
    if (full) {
      throw new IOException("No space left on device");
    }
    lines.writeBytes(bytes);
  }

  @Override
  public void force() throws IOException {
    if (unforceable) {
      throw new IOException("Input/output error");
    }
    forced++;
  }

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public void rotate() {
    throw new IllegalStateException("it is never full");
  }

  @Override
  public void close() {}
}
