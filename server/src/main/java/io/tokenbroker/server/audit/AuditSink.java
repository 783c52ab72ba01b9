package io.tokenbroker.server.audit;

import java.io.IOException;

/** Where lines go. Used by one thread. */
interface AuditSink extends AutoCloseable {
  /** Where the chain stood when it was opened. */
  Chain chain();

  /** Whether the last line there was cut off, as by a crash, when it was opened. */
  boolean isTorn();

  /** Appends all of it, or none that anybody will see. */
  void append(byte[] lines) throws IOException;

  void force() throws IOException;

  /** Whether it is time for {@link #rotate}. */
  boolean isFull();

  /** Puts aside what there is; what is appended next begins a new file. */
  void rotate() throws IOException;

  @Override
  void close() throws IOException;
}
