package io.tokenbroker.server.fleet;

import io.tokenbroker.server.model.AccountId;
import java.util.function.Predicate;

/**
 * In which epochs a broker owned its partitions at some moment: what it had in memory then may be
 * saved as long as these are still the newest. Immutable.
 */
public final class Epochs {
  /** Of a broker that shares its accounts with nobody. */
  public static final Epochs ALL = new Epochs(new long[0]);

  private final long[] byPartition;

  /**
   * @param byPartition 0 where it owned nothing; not to be changed any more
   */
  Epochs(long[] byPartition) {
    this.byPartition = byPartition;
  }

  /** Whose partitions this broker owns now, but in other epochs than before. */
  public Predicate<AccountId> changedSince(Epochs before) {
    return account -> {
      int partition = isAll() ? 0 : Partitions.of(account.value());
      return !isAll() && of(partition) != 0 && of(partition) != before.of(partition);
    };
  }

  public boolean isAll() {
    return byPartition.length == 0;
  }

  /** 0 if it did not own the partition. */
  public long of(int partition) {
    return byPartition[partition];
  }
}
