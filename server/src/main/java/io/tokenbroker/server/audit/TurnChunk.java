package io.tokenbroker.server.audit;

import org.jspecify.annotations.Nullable;

/** Some turns in the order in which they were handed out. Guarded by whoever fills it. */
final class TurnChunk implements Work {
  static final int SIZE = 1024;
  private static final int ENTRY_BYTES = 24;

  final @Nullable Recipient[] recipients = new Recipient[SIZE];
  final @Nullable String[] tokens = new String[SIZE];
  final long[] numbers = new long[SIZE];
  private int count;
  private int recipientBytes;

  /** Only while it is not full. */
  @SuppressWarnings("ReferenceEquality") // of one call it is the same; spares comparing texts
  void add(Recipient to, String token, long number) {
    if (count == 0 || recipients[count - 1] != to) {
      recipientBytes += to.bytes();
    }
    recipients[count] = to;
    tokens[count] = token;
    numbers[count] = number;
    count++;
  }

  boolean isFull() {
    return count == SIZE;
  }

  int count() {
    return count;
  }

  @Override
  public int bytes() {
    return SIZE * ENTRY_BYTES + recipientBytes;
  }
}
