package io.tokenbroker.server.model;

import java.util.List;
import java.util.Optional;

/**
 * A part of a list.
 *
 * @param more whether the list goes on behind the last item
 */
public record Page<T>(List<T> items, boolean more) {
  public static final int DEFAULT_SIZE = 100;
  public static final int MAX_SIZE = 1_000;

  public Page {
    items = List.copyOf(items);
  }

  /** The item behind which the next page begins; empty if there is none. */
  public Optional<T> last() {
    return more ? Optional.of(items.get(items.size() - 1)) : Optional.empty();
  }

  /** Makes a page of up to {@code size} items from a list that was asked for one item more. */
  public static <T> Page<T> of(List<T> oneMore, int size) {
    boolean more = oneMore.size() > size;
    return new Page<>(more ? oneMore.subList(0, size) : oneMore, more);
  }
}
