package io.tokenbroker.server.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What this broker knows of each partition. Thread-safe; epochs never go back. */
final class Holdings {
  /** Nobody is known for moments only: while a partition moves, and until one is taken. */
  static final Duration RETRY = Duration.ofMillis(50);

  /**
   * @param grant this broker's own; may have ended
   * @param other who it is if not this broker
   */
  private record Known(long epoch, @Nullable Grant grant, Owner other) {}

  private final AtomicReferenceArray<Known> known = new AtomicReferenceArray<>(Partitions.COUNT);

  Holdings() {
    for (int i = 0; i < Partitions.COUNT; i++) {
      known.set(i, new Known(0, null, new Owner.Unknown(i, RETRY)));
    }
  }

  Owner owner(int partition) {
    Known now = known.get(partition);
    Grant grant = now.grant;
    if (grant == null) {
      return now.other;
    }
    return switch (grant.state()) {
      // nobody else can answer for it either; what is done by it is looked at where it is done
      case HELD, LAPSED -> grant.owner();
      case STOPPED, ENDED -> now.other;
    };
  }

  /** This broker's own, unless it has ended. */
  @Nullable Grant grant(int partition) {
    Grant grant = known.get(partition).grant;
    return grant == null || grant.isEnded() ? null : grant;
  }

  long epoch(int partition) {
    return known.get(partition).epoch;
  }

  /** False if it has been granted, or another's, since that epoch. */
  boolean granted(Grant grant) {
    int partition = grant.owner().partition();
    Known before = known.get(partition);
    return grant.owner().epoch() > before.epoch
        && known.compareAndSet(
            partition,
            before,
            new Known(grant.owner().epoch(), grant, new Owner.Unknown(partition, RETRY)));
  }

  /**
   * Somebody else's, or nobody's.
   *
   * @param owner where it is known who
   * @return false if a newer epoch is known
   */
  boolean others(int partition, long epoch, Owner owner) {
    while (true) {
      Known before = known.get(partition);
      if (epoch < before.epoch) {
        return false;
      }
      Grant grant = before.grant;
      if (grant != null && (epoch > before.epoch || !grant.isEnded())) {
        grant.end();
      }
      if (known.compareAndSet(partition, before, new Known(epoch, null, owner))) {
        return true;
      }
    }
  }

  /**
   * A peer says that there is a newer epoch: this broker gives up its own, and asks the database,
   * which alone knows.
   *
   * @return false if it is nothing new
   */
  boolean hinted(int partition, long epoch, Owner owner) {
    Known before = known.get(partition);
    Grant grant = before.grant;
    if (epoch <= before.epoch || (grant == null && owner.equals(before.other))) {
      return false;
    }
    if (grant != null) {
      grant.end();
    }
    return known.compareAndSet(partition, before, new Known(before.epoch, null, owner));
  }

  /** Those that have not ended. */
  List<Grant> grants() {
    List<Grant> grants = new ArrayList<>();
    for (int i = 0; i < Partitions.COUNT; i++) {
      Grant grant = grant(i);
      if (grant != null) {
        grants.add(grant);
      }
    }
    return grants;
  }
}
