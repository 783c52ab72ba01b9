package io.tokenbroker.server.clock;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap, the earliest first, whose elements can be moved and removed in O(log n). Not
 * thread-safe: guarded by whoever owns it.
 */
public final class TimerHeap<T extends Timer> {
  private final List<T> items = new ArrayList<>(0);

  public int size() {
    return items.size();
  }

  /** In no order. */
  public List<T> items() {
    return List.copyOf(items);
  }

  public @Nullable T peek() {
    return items.isEmpty() ? null : items.get(0);
  }

  /** The first whose time has come; null if none has. */
  public @Nullable T due(long now) {
    T first = peek();
    return first == null || first.at > now ? null : first;
  }

  /** Adds an item, or moves it if it is there. */
  public void put(T item, long at) {
    item.at = at;
    if (item.place < 0) {
      item.place = items.size();
      items.add(item);
    }
    sink(rise(item.place));
  }

  /** Nothing happens if the item is not there. */
  public void remove(T item) {
    int place = item.place;
    if (place < 0) {
      return;
    }
    T last = items.remove(items.size() - 1);
    item.place = -1;
    if (last != item) {
      set(place, last);
      sink(rise(place));
    }
  }

  private int rise(int start) {
    int place = start;
    while (place > 0 && items.get(place).at < items.get((place - 1) / 2).at) {
      swap(place, (place - 1) / 2);
      place = (place - 1) / 2;
    }
    return place;
  }

  private void sink(int start) {
    int place = start;
    while (true) {
      int child = 2 * place + 1;
      if (child >= items.size()) {
        return;
      }
      if (child + 1 < items.size() && items.get(child + 1).at < items.get(child).at) {
        child++;
      }
      if (items.get(child).at >= items.get(place).at) {
        return;
      }
      swap(place, child);
      place = child;
    }
  }

  private void swap(int a, int b) {
    T item = items.get(a);
    set(a, items.get(b));
    set(b, item);
  }

  private void set(int place, T item) {
    items.set(place, item);
    item.place = place;
  }

  /** What a search makes of an item; not less than what its time alone gives. */
  public interface Cost<T> {
    /** {@link Long#MAX_VALUE} if the item does not count. */
    long of(T item);

    /** The least cost of an item with this time. */
    long least(long at);
  }

  /** The least cost of all items, if it is less than a bound; else the bound. */
  public long least(Cost<T> cost, long bound) {
    return least(0, Objects.requireNonNull(cost), bound);
  }

  /** Below an item are only later ones: most of the heap is never looked at. */
  private long least(int place, Cost<T> cost, long bound) {
    if (place >= items.size() || cost.least(items.get(place).at) >= bound) {
      return bound;
    }
    long least = Math.min(bound, cost.of(items.get(place)));
    least = least(2 * place + 1, cost, least);
    return least(2 * place + 2, cost, least);
  }

  /**
   * How many of the items with a time of so much or earlier count.
   *
   * @param most counts no further
   * @param looks at how many it looks at the most: of more that are due, some are passed over
   */
  public int count(long by, int most, int looks, Predicate<T> counts) {
    // a place that is left for its sibling's subtree on each level, and the next one
    int[] open = new int[2 * Integer.SIZE];
    int size = 1;
    int found = 0;
    for (int left = looks; size > 0 && found < most && left > 0; left--) {
      int place = open[--size];
      if (place < items.size() && items.get(place).at <= by) {
        found += counts.test(items.get(place)) ? 1 : 0;
        open[size++] = 2 * place + 2;
        open[size++] = 2 * place + 1;
      }
    }
    return found;
  }
}
