package io.tokenbroker.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class StepsTest {
  @Test
  void equalStepsAreCounted() {
    assertThat(text(57, 7, 107, 110)).isEqualTo("7 50x2 3");
    assertThat(text(9)).isEqualTo("9");
  }

  @Test
  void everyNumberIsFoundAndNoOther() {
    Random random = new Random(1);
    for (int round = 0; round < 100; round++) {
      TreeSet<Long> numbers = new TreeSet<>();
      int size = 1 + random.nextInt(40);
      while (numbers.size() < size) {
        numbers.add(1L + random.nextInt(round % 2 == 0 ? 60 : 3_000));
      }
      String text = text(numbers.stream().mapToLong(n -> n).toArray());
      for (long n = 0; n < numbers.last() + 3; n++) {
        assertThat(Steps.contains(text, n)).as("%d in %s", n, text).isEqualTo(numbers.contains(n));
      }
    }
  }

  private static String text(long... numbers) {
    StringBuilder out = new StringBuilder();
    Steps.append(out, numbers, numbers.length);
    return out.toString();
  }
}
