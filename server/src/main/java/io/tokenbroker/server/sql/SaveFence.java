package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.FLEET_PARTITION;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.model.AccountId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jooq.DSLContext;

/**
 * Lets through what a broker saves only as long as it owns it: a late one never overwrites what the
 * next owner has saved. Whoever saves changes the partition's row, and so does whoever takes it
 * over: of the two transactions one is first, on one server by its lock, on a cluster as it
 * commits.
 */
final class SaveFence {
  private SaveFence() {}

  /** Those of the accounts whose partitions are as they were; within the transaction that saves. */
  static <V> Map<AccountId, V> owned(
      DSLContext context, Map<AccountId, V> accounts, Epochs epochs) {
    if (epochs.isAll() || accounts.isEmpty()) {
      return accounts;
    }
    Set<Integer> wanted = new TreeSet<>();
    accounts
        .keySet()
        .forEach(
            account -> {
              int partition = Partitions.of(account.value());
              if (epochs.of(partition) > 0) {
                wanted.add(partition);
              }
            });
    Set<Integer> held = new HashSet<>();
    for (List<Integer> chunk : Chunks.of(List.copyOf(wanted))) {
      held.addAll(hold(context, chunk, epochs));
    }
    Map<AccountId, V> owned = new HashMap<>(accounts);
    owned.keySet().removeIf(account -> !held.contains(Partitions.of(account.value())));
    return owned;
  }

  private static List<Integer> hold(DSLContext context, List<Integer> partitions, Epochs epochs) {
    List<Integer> held =
        Dialect.of(context)
            .locked(
                context
                    .select(FLEET_PARTITION.PARTITION_ID, FLEET_PARTITION.EPOCH)
                    .from(FLEET_PARTITION)
                    .where(FLEET_PARTITION.PARTITION_ID.in(partitions))
                    .orderBy(FLEET_PARTITION.PARTITION_ID))
            .fetch()
            .stream()
            .filter(row -> row.get(FLEET_PARTITION.EPOCH) == epochs.of(partition(row)))
            .map(SaveFence::partition)
            .toList();
    if (!held.isEmpty()) {
      context
          .update(FLEET_PARTITION)
          .set(FLEET_PARTITION.SAVES, FLEET_PARTITION.SAVES.plus(1))
          .where(FLEET_PARTITION.PARTITION_ID.in(held))
          .execute();
    }
    return held;
  }

  private static int partition(org.jooq.Record row) {
    return row.get(FLEET_PARTITION.PARTITION_ID);
  }
}
