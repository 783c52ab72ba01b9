package io.tokenbroker.server.audit;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** Lines for whoever collects what the process prints; each start begins a chain. */
final class StandardOutput implements AuditSink {
  private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);

  @Override
  public Chain chain() {
    return Chain.START;
  }

  @Override
  public boolean isTorn() {
    return false;
  }

  @Override
  public void append(byte[] lines) throws IOException {
    out.write(lines);
  }

  @Override
  public void force() {
    // that is up to the collector
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
  public void close() {
    // it is the process's
  }
}
