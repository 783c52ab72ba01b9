package io.tokenbroker.server.audit;

import java.util.Arrays;

/**
 * Rising numbers as text: the first, then what each adds to the one before, with {@code x} and a
 * count where that repeats. {@code 7 50x99 3} is 7, 57, 107, … 4957, 4960.
 */
final class Steps {
  private Steps() {}

  /** Sorts the first so many of the numbers, and appends them. */
  static void append(StringBuilder out, long[] numbers, int count) {
    Arrays.sort(numbers, 0, count);
    out.append(numbers[0]);
    int i = 1;
    while (i < count) {
      long step = numbers[i] - numbers[i - 1];
      int times = 1;
      while (i + times < count && numbers[i + times] - numbers[i + times - 1] == step) {
        times++;
      }
      out.append(' ').append(step);
      if (times > 1) {
        out.append('x').append(times);
      }
      i += times;
    }
  }

  /**
   * Whether a number is among them.
   *
   * @throws NumberFormatException if the text is not of this kind
   */
  static boolean contains(String text, long number) {
    String[] parts = text.split(" ", -1);
    long at = Long.parseLong(parts[0]);
    if (at == number) {
      return true;
    }
    for (int i = 1; i < parts.length && at < number; i++) {
      int x = parts[i].indexOf('x');
      long step = Long.parseLong(x < 0 ? parts[i] : parts[i].substring(0, x));
      long times = x < 0 ? 1 : Long.parseLong(parts[i].substring(x + 1));
      long end = at + step * times;
      if (number <= end) {
        return step > 0 && (number - at) % step == 0;
      }
      at = end;
    }
    return false;
  }
}
