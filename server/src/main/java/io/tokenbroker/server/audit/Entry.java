package io.tokenbroker.server.audit;

import java.util.function.Consumer;

/**
 * A record, and who waits for it.
 *
 * @param then is told, by the thread that writes, whether it has been written
 * @param later whether it is still to be written later if it can't be now
 */
record Entry(AuditRecord body, Consumer<Boolean> then, boolean later) implements Work {
  /** Of what has happened already. */
  static Entry unawaited(AuditRecord body) {
    return new Entry(body, Entry::nobody, true);
  }

  private static void nobody(boolean written) {}

  Entry withoutWaiter() {
    return unawaited(body);
  }

  @Override
  public int bytes() {
    return 64 + body.bytes();
  }
}
