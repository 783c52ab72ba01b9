package io.tokenbroker.server.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * Checks, as it happens, that the turns of accounts without limits are those of one broker: no
 * number twice, none that was answered before another one was asked for and is above it, and each
 * third one the same token's. Times are those of one monotonic clock in nanoseconds.
 *
 * <p>After a crash the next owner begins where the one before has saved: so numbers may go back
 * once for each account and crash, and then only grow again. What says to be of a split is not
 * looked at.
 */
final class TurnLedger {
  private final int tokens;
  private final Map<String, Account> accounts = new ConcurrentHashMap<>();
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

    /** What was asked for before may be of before the crash. */
    long begin = Long.MIN_VALUE;

    int crashes;
  }

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
      if (account.crashes == 0) {
        violation((twice ? "twice" : "back") + " behind " + account.newest, answer);
      } else {
        account.crashes--;
        repeated.increment();
      }
      account.numbers = new HashSet<>(Set.of(answer.number()));
      account.begin = answer.answered();
    } else if (answer.number() < account.newest) {
      return;
    }
    account.newest = answer.number();
    account.newestAnswered = answer.answered();
  }

  /** From now on the numbers of each account may go back, so often. */
  void crashes(int times) {
    for (Account account : new ArrayList<>(accounts.values())) {
      synchronized (account) {
        account.crashes = times;
      }
    }
  }

  private void violation(String what, Answer answer) {
    violations.add("a turn " + what + ": " + answer);
  }

  List<String> violations() {
    return violations;
  }
}
