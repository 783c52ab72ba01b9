package io.tokenbroker.server.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimerHeapTest {
  private static final class Item extends Timer {
    final long time;

    Item(long time) {
      this.time = time;
    }
  }

  @Test
  void countsWhatIsDueAsAWalkOverAllWould() {
    Random random = new Random(7);
    for (int size = 0; size < 200; size++) {
      TimerHeap<Item> heap = new TimerHeap<>();
      List<Item> all = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        Item item = new Item(random.nextInt(100));
        all.add(item);
        heap.put(item, item.time);
      }
      long by = random.nextInt(100);
      long due = all.stream().filter(item -> item.time <= by && item.time % 3 != 0).count();
      assertThat(heap.count(by, Integer.MAX_VALUE, Integer.MAX_VALUE, item -> item.time % 3 != 0))
          .isEqualTo((int) due);
      assertThat(heap.count(by, 5, Integer.MAX_VALUE, item -> item.time % 3 != 0))
          .isEqualTo((int) Math.min(5, due));
    }
  }

  @Test
  void looksAtNoMoreThanItMay() {
    TimerHeap<Item> heap = new TimerHeap<>();
    for (int i = 0; i < 100_000; i++) {
      heap.put(new Item(i), i);
    }
    int[] looks = {0};
    assertThat(
            heap.count(
                Long.MAX_VALUE,
                1,
                1_000,
                item -> {
                  looks[0]++;
                  return false;
                }))
        .isZero();
    assertThat(looks[0]).isLessThanOrEqualTo(1_000);
  }
}
