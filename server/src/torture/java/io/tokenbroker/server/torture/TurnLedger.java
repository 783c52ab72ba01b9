package io.tokenbroker.server.torture;

import io.tokenbroker.server.fleet.Partitions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Checks, as it happens, that the turns of accounts without limits are those of one broker: no
 * number twice, none that was answered before another one was asked for and is above it, and each
 * third one the same token's. Times are those of one monotonic clock in nanoseconds.
 *
 * <p>After an owner was lost the next one begins where that one has saved: so numbers may go back
 * once for each account and {@link OwnerChanges.Change}, and then only grow again. What says to be
 * of a split is not looked at.
 */
final class TurnLedger {
  /** Until when an account may be silent after a loss: longer than a round rests at its end. */
  static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final int tokens;
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
  private final Queue<Back> backs = new ConcurrentLinkedQueue<>();
  private final Set<Used> used = new HashSet<>();
  private List<OwnerChanges.Change> recent = List.of();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  final LongAdder turns = new LongAdder();
  final LongAdder splits = new LongAdder();
  final LongAdder repeated = new LongAdder();

  /**
   * @param tokens how many each account has, of equal weight
   */
  TurnLedger(int tokens) {
    this.tokens = tokens;
  }

  /**
   * A turn that a caller has.
   *
   * @param split whether it came with the word that its owner could not be reached
   */
  record Answer(
      String account, long number, String token, long asked, long answered, boolean split) {}

  /** Guarded by itself. */
  private static final class Account {
    final Map<Long, String> order = new HashMap<>();
    Set<Long> numbers = new HashSet<>();
    long newest;
    long newestAnswered = Long.MIN_VALUE;

    /** What was asked for before may be of the owner before. */
    long begin = Long.MIN_VALUE;
  }

  /** A number that had come already, or is below one that had. */
  private record Back(String how, Answer answer) {}

  /** A loss that has accounted for a step back of an account. */
  private record Used(String account, OwnerChanges.Change loss) {}

  void answered(Answer answer) {
    if (answer.split()) {
      splits.increment();
      return;
    }
    turns.increment();
    Account account = accounts.computeIfAbsent(answer.account(), any -> new Account());
    synchronized (account) {
      String before = account.order.putIfAbsent(answer.number() % tokens, answer.token());
      if (before != null && !before.equals(answer.token())) {
        violation("out of turn", answer);
      }
      if (answer.asked() >= account.begin) {
        follow(account, answer);
      }
    }
  }

  private void follow(Account account, Answer answer) {
    boolean back = answer.asked() > account.newestAnswered && answer.number() <= account.newest;
    boolean twice = !account.numbers.add(answer.number());
    if (back || twice) {
      backs.add(new Back((twice ? "twice" : "back") + " behind " + account.newest, answer));
      account.numbers = new HashSet<>(Set.of(answer.number()));
      account.begin = answer.answered();
    } else if (answer.number() < account.newest) {
      return;
    }
    account.newest = answer.number();
    account.newestAnswered = answer.answered();
  }

  /**
   * Judges what went back since it was asked the last time. By one thread.
   *
   * @param losses all since then; each accounts for one step back of an account, after it, which
   *     may be seen only the next time if the loss was just before this
   */
  void settle(Collection<OwnerChanges.Change> losses, long now) {
    List<OwnerChanges.Change> known = new ArrayList<>(recent);
    known.addAll(losses);
    for (Back back = backs.poll(); back != null; back = backs.poll()) {
      if (isAfterALoss(back.answer(), known)) {
        repeated.increment();
      } else {
        violation(back.how(), back.answer());
      }
    }
    recent = known.stream().filter(loss -> now - loss.at() < LATE_NANOS).toList();
    used.removeIf(each -> !recent.contains(each.loss()));
  }

  private boolean isAfterALoss(Answer answer, List<OwnerChanges.Change> losses) {
    int partition = Partitions.of(answer.account());
    for (OwnerChanges.Change loss : losses) {
      if (loss.partition() == partition
          && loss.at() <= answer.answered()
          && used.add(new Used(answer.account(), loss))) {
        return true;
      }
    }
    return false;
  }

  private void violation(String what, Answer answer) {
    violations.add("a turn " + what + ": " + answer);
  }

  List<String> violations() {
    return violations;
  }
}
