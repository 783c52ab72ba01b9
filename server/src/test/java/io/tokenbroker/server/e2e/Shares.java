package io.tokenbroker.server.e2e;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ready tokens and their weights from some change on. When exactly it took effect is not known
 * to a caller, only a window of turns.
 *
 * @param earliest at least so many turns were handed out before the change
 * @param latest and at most so many
 */
record Shares(Map<String, Integer> weights, int earliest, int latest) {
  Shares {
    weights = Map.copyOf(weights);
  }

  /**
   * Fails unless there is a moment for each change, within its window, so that from each change to
   * the next every token is within one turn of its share at every prefix.
   */
  static void check(List<String> order, List<Shares> changes) {
    int from = changes.get(0).earliest;
    int to = changes.get(0).latest;
    for (int i = 0; i < changes.size(); i++) {
      boolean last = i == changes.size() - 1;
      int end = last ? order.size() : changes.get(i + 1).latest;
      int wanted = last ? order.size() : changes.get(i + 1).earliest;
      int reach = -1;
      for (int start = from; start <= to && reach < end; start++) {
        reach = Math.max(reach, changes.get(i).reach(order, start, end));
      }
      if (reach < wanted) {
        throw new AssertionError(
            "shares %d (%s) hold up to turn %d only, not %d, wherever they start in %d to %d"
                .formatted(i, changes.get(i).weights, reach, wanted, from, to));
      }
      from = wanted;
      to = reach;
    }
  }

  /** How far the shares hold if they start behind so many turns. */
  private int reach(List<String> order, int start, int end) {
    long total = weights.values().stream().mapToLong(weight -> weight).sum();
    Map<String, Integer> counts = new HashMap<>();
    for (int turn = start; turn < end; turn++) {
      if (!weights.containsKey(order.get(turn))) {
        return turn;
      }
      int unused = counts.merge(order.get(turn), 1, Integer::sum);
      long turns = (long) turn - start + 1;
      for (Map.Entry<String, Integer> token : weights.entrySet()) {
        long count = counts.getOrDefault(token.getKey(), 0);
        if (Math.abs(count * total - turns * token.getValue()) >= total) {
          return turn;
        }
      }
    }
    return end;
  }
}
