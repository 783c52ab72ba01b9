package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The positions that the store does not have: a round over those accounts of a {@link
 * RotationTable} that were used. They are found as they are asked for, so that none is kept in
 * memory while the store can't take it. Not thread-safe, but for the table.
 */
public final class UnsavedPositions {
  private final Stripes stripes;
  private final Evictions evictions;

  /** Of the stripe before the next one. */
  private List<Entry> rest = List.of();

  private int nextStripe;

  UnsavedPositions(Stripes stripes, Evictions evictions) {
    this.stripes = stripes;
    this.evictions = evictions;
  }

  /**
   * The next ones; none when each was told that had changed when this round came to its part of the
   * table.
   *
   * @param most how many at the most, from 1
   */
  public Map<AccountId, Position> next(int most) {
    Map<AccountId, Position> next = new HashMap<>();
    while (next.size() < most && (!rest.isEmpty() || nextStripe < Stripes.COUNT)) {
      if (rest.isEmpty()) {
        rest = Stripes.changed(stripes.at(nextStripe++));
      }
      int looks = Math.min(most - next.size(), rest.size());
      Stripes.look(
          stripes.at(nextStripe - 1),
          rest.subList(0, looks),
          (account, rotation, entry) -> {
            evictions.countIfUsed(entry);
            if (entry.hasMoved() && rotation.right.isSaved()) {
              next.put(account, rotation.position());
            }
          });
      rest = rest.subList(looks, rest.size());
    }
    return next;
  }
}
