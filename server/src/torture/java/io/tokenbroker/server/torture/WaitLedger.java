package io.tokenbroker.server.torture;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.torture.OwnerChanges.Change;
import io.tokenbroker.server.torture.TurnLedger.Answer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * Checks that calls that wait for a token are served as they came: by the numbers of their turns,
 * as nobody sees when a broker serves. A call counts as behind another one if it was made well
 * after that one, for both are on their way for a while. Safe for use by many threads.
 *
 * <p>After an owner was lost numbers begin anew, and what says to be of a split is of another
 * broker's: neither is looked at. While an account moves, and until all brokers have heard of it,
 * and while a fault holds up what some broker was asked, a fleet promises no order of calls by
 * several ways, and those that wait already may be at the owner that hands over when a later one
 * finds the next: that is counted alone.
 */
final class WaitLedger {
  /** What a call may be on its way to its owner. */
  static final long ON_ITS_WAY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Queue<Waited> waited = new ConcurrentLinkedQueue<>();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  final LongAdder calls = new LongAdder();

  /**
   * Until all brokers have heard of a change, and have taken their calls from who was the owner.
   */
  static final long HEARD_NANOS = TimeUnit.MILLISECONDS.toNanos(FleetTorture.TTL_MILLIS);

  /** While their account moved, or a fault held them up. */
  final LongAdder overtakenOnTheWay = new LongAdder();

  /**
   * A call that was answered.
   *
   * @param broker that was asked
   */
  record Waited(String broker, Answer answer) {
    boolean overtook(Waited other) {
      return answer.asked() - other.answer.asked() > ON_ITS_WAY_NANOS
          && answer.number() < other.answer.number();
    }
  }

  void answered(Waited call) {
    calls.increment();
    if (!call.answer().split()) {
      waited.add(call);
    }
  }

  /**
   * Judges what was answered since it was asked the last time.
   *
   * @param losses since then
   * @param moves since then
   * @param heldUp whether a fault may have held up what some broker was asked
   */
  void settle(Collection<Change> losses, Collection<Change> moves, boolean heldUp) {
    List<Waited> all = new ArrayList<>();
    for (Waited call = waited.poll(); call != null; call = waited.poll()) {
      all.add(call);
    }
    Map<String, List<Waited>> byAccount =
        all.stream().collect(Collectors.groupingBy(call -> call.answer().account()));
    byAccount.forEach(
        (account, some) -> {
          List<Change> lost = of(account, losses);
          List<Change> moved = of(account, moves);
          some.forEach(call -> judge(call, some, lost, moved, heldUp));
        });
  }

  private static List<Change> of(String account, Collection<Change> changes) {
    int partition = Partitions.of(account);
    return changes.stream().filter(change -> change.partition() == partition).toList();
  }

  private void judge(
      Waited call, List<Waited> others, List<Change> lost, List<Change> moved, boolean heldUp) {
    List<Waited> before =
        others.stream()
            .filter(other -> other.overtook(call) && !isWithin(lost, call, other))
            .toList();
    for (Waited other : before) {
      boolean onTheWay = heldUp || isWithin(moved, call, other);
      if (!onTheWay) {
        violations.add("overtaken while it waited: " + call + " by " + other);
        return;
      }
    }
    if (!before.isEmpty()) {
      overtakenOnTheWay.increment();
    }
  }

  private static boolean isWithin(List<Change> changes, Waited first, Waited second) {
    long end = Math.max(first.answer().answered(), second.answer().answered());
    long begin = first.answer().asked() - HEARD_NANOS;
    return changes.stream().anyMatch(change -> change.at() >= begin && change.at() <= end);
  }

  List<String> violations() {
    return violations;
  }
}
