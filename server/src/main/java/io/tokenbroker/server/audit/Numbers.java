package io.tokenbroker.server.audit;

import java.util.Arrays;

/** Turns of one token. Used by one thread. */
final class Numbers {
  private long[] numbers = new long[4];
  private int count;

  void add(long number) {
    if (count == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * count);
    }
    numbers[count] = number;
    count++;
  }

  int count() {
    return count;
  }

  void appendTo(StringBuilder out) {
    Steps.append(out, numbers, count);
  }
}
