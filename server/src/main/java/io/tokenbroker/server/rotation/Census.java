package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BenchReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a table has at the moment, about: it is counted one stripe after the other, some accounts at
 * a time. To be made by one thread, now and then.
 *
 * @param accounts how many are loaded
 * @param turns handed out since the start, also of accounts that have left
 * @param ready tokens that nothing keeps back
 * @param waiters calls and streams that wait for a token
 * @param longestWaitNanos for how long the one has waited who waits the longest; 0 if nobody does
 * @param expiry of tokens that are not disabled
 * @param busiest those with the most turns since it was looked anew who they are, the busiest first
 * @param loads of accounts, that have succeeded since the start
 */
public record Census(
    int accounts,
    long tokens,
    long turns,
    long ready,
    Map<BenchReason, Long> benched,
    long waiters,
    long longestWaitNanos,
    Expiry expiry,
    List<Account> busiest,
    long loads,
    long failedLoads) {
  private static final BenchReason[] REASONS = BenchReason.values();

  /** What is soon, in days. */
  static final List<Integer> SOON_DAYS = List.of(1, 7, 30);

  /**
   * When tokens expire.
   *
   * @param firstMillis when the first does that has not yet, in milliseconds since 1970; {@link
   *     Long#MAX_VALUE} if none does
   * @param within how many do within so many days
   */
  public record Expiry(long firstMillis, Map<Integer, Long> within) {}

  /**
   * @param turns since it was loaded
   * @param spread by how many turns its ready tokens of one weight differ at the most
   */
  public record Account(
      AccountId account,
      long recent,
      long turns,
      int tokens,
      int ready,
      int waiters,
      long spread) {}

  private record Ranked(long rank, Account account) {}

  /** Counts what is there; see {@link RotationTable#census}. */
  static Census of(Stripes stripes, Loads loads, Count count) {
    stripes.forEachInPortions(stripe -> count.left(stripe.turnsOfLeft), count::add);
    return count.census(loads);
  }

  /** Of a stripe's accounts under its lock; used by one thread. */
  static final class Count {
    /** Of an account: how many are looked at to tell how even they are. */
    private static final int MOST_SLOTS = 1_000;

    private final int most;
    private final Set<AccountId> told;
    private final boolean anew;
    private final Moment moment;
    private final PriorityQueue<Ranked> busiest =
        new PriorityQueue<>(Comparator.comparingLong(Ranked::rank));
    private final long[] benched = new long[REASONS.length];
    private int accounts;
    private long tokens;
    private long turns;
    private long ready;
    private long waiters;
    private long waitingSince = Long.MAX_VALUE;
    private long firstExpiry = Long.MAX_VALUE;
    private final long[] expiring = new long[SOON_DAYS.size()];

    /**
     * @param told who were among the busiest last
     * @param anew whether they may be others by now; else only free places are taken
     * @param moment when it begins
     */
    Count(int most, Set<AccountId> told, boolean anew, Moment moment) {
      this.most = most;
      this.told = told;
      this.anew = anew;
      this.moment = moment;
    }

    void left(long turnsOfThose) {
      turns += turnsOfThose;
    }

    void add(Rotation rotation, Entry entry) {
      accounts++;
      int own = rotation.slots.length;
      tokens += own;
      long now = entry.turns();
      turns += now;
      int mayGo = rotation.bench.ready(own);
      ready += mayGo;
      if (rotation.waiters() > 0) {
        waiters += rotation.waiters();
        waitingSince = Math.min(waitingSince, Waiting.sinceNanos(rotation.lanes));
      }
      expiring(rotation.bench);
      BenchCounts counts = rotation.bench.counts();
      for (BenchReason reason : REASONS) {
        benched[reason.ordinal()] += counts.of(reason);
      }
      long recent = now - entry.countedTurns;
      if (anew) {
        entry.countedTurns = now;
      }
      rank(rotation, recent, now, mayGo);
    }

    private void expiring(Bench bench) {
      int gone = bench.expiredBy(moment.millis());
      long first = bench.expiryAfter(gone);
      if (first == Long.MAX_VALUE) {
        return;
      }
      firstExpiry = Math.min(firstExpiry, first);
      for (int i = 0; i < expiring.length; i++) {
        long end = moment.millis() + Duration.ofDays(SOON_DAYS.get(i)).toMillis();
        expiring[i] += bench.expiredBy(end) - gone;
      }
    }

    private void rank(Rotation rotation, long recent, long now, int mayGo) {
      boolean known = told.contains(rotation.account);
      if (most == 0 || (recent == 0 && !known)) {
        return;
      }
      long rank = known && !anew ? Long.MAX_VALUE : recent;
      if (busiest.size() == most) {
        if (busiest.peek().rank >= rank) {
          return;
        }
        busiest.remove();
      }
      busiest.add(
          new Ranked(
              rank,
              new Account(
                  rotation.account,
                  recent,
                  now,
                  rotation.slots.length,
                  mayGo,
                  rotation.waiters(),
                  spread(rotation))));
    }

    private static long spread(Rotation rotation) {
      long least = Long.MAX_VALUE;
      long greatest = Long.MIN_VALUE;
      int ring = -1;
      int looked = 0;
      for (Slot slot : rotation.slots) {
        if (looked++ == MOST_SLOTS) {
          break;
        }
        if (slot.benched == null && (ring < 0 || slot.ring() == ring)) {
          ring = slot.ring();
          least = Math.min(least, slot.served);
          greatest = Math.max(greatest, slot.served);
        }
      }
      return ring < 0 ? 0 : greatest - least;
    }

    Census census(Loads loads) {
      Map<BenchReason, Long> byReason = new EnumMap<>(BenchReason.class);
      for (BenchReason reason : REASONS) {
        byReason.put(reason, benched[reason.ordinal()]);
      }
      Map<Integer, Long> within = new TreeMap<>();
      for (int i = 0; i < expiring.length; i++) {
        within.put(SOON_DAYS.get(i), expiring[i]);
      }
      List<Account> first = new ArrayList<>();
      busiest.forEach(ranked -> first.add(ranked.account));
      first.sort(Comparator.comparingLong(Account::recent).reversed());
      return new Census(
          accounts,
          tokens,
          turns,
          ready,
          byReason,
          waiters,
          waitingSince == Long.MAX_VALUE ? 0 : Math.max(0, moment.nanos() - waitingSince),
          new Expiry(firstExpiry, within),
          first,
          loads.done(),
          loads.failed());
    }
  }
}
