package io.tokenbroker.server.rotation;

/**
 * Decides which ring has the next turn, so that each ring, and with it each token, has had its
 * ideal share of the turns, give or take less than one, at every moment since the shares changed
 * last.
 *
 * <p>This is earliest eligible virtual deadline first with a quantum of one turn: of the rings that
 * are not ahead of their share, the one takes the turn that would first be a whole turn behind
 * without it. Source: I. Stoica, H. Abdel-Wahab, "Earliest Eligible Virtual Deadline First", Old
 * Dominion University TR-95-22, 1995; its Theorem 1 bounds the lag by one quantum. All numbers are
 * whole, there is no rounding. O(rings), and an account has as many rings as different weights.
 *
 * <p>Where shares change all the time, each change would begin anew with the heaviest ring. So the
 * lags from before a change are carried, and turns go by both lags together, as far as that cannot
 * break the bound: a ring may not get ahead by a whole turn, and all overdrafts together may not
 * keep the others from their deadlines (why that is enough, is in docs/decisions.md).
 *
 * <p>Guarded by the stripe of its account.
 */
final class EevdfScheduler {
  /** Carried lags stay below one turn: what a change has made of them need not be made good. */
  private static final double MAX_CARRIED = 1 - 16.0 / 16_384;

  /** Carried lags are whole numbers of these parts of a turn: as exact as they can be saved. */
  private static final double CARRIED_PARTS = 16_384;

  /** Lags and sums of shares below this are saved as they are. */
  private static final long MAX_SAVED = 1 << 17;

  private static final double ROUNDING = 1e-9;

  /** The lightest first. */
  final Ring[] rings;

  /** The sum of all shares. At most tokens x 100: products fit a long. */
  private long total;

  /** Whether shares have changed since the last turn. */
  private boolean changed;

  /** Whether any ring carries a lag from before these shares. */
  private boolean carrying;

  EevdfScheduler(Ring[] rings) {
    this.rings = rings;
    restart();
  }

  /** The ring that has the next turn; there must be a ready token. */
  Ring next() {
    restartIfChanged();
    Ring chosen = carrying ? byBothLags() : earliestDeadline();
    for (Ring ring : rings) {
      ring.lag += ring.share();
    }
    chosen.lag -= total;
    return chosen;
  }

  /** Undoes {@link #next}, if the shares are the same as then. */
  void refund(Ring chosen) {
    long shares = 0;
    for (Ring ring : rings) {
      shares += ring.share();
    }
    if (shares == total) {
      for (Ring ring : rings) {
        ring.lag -= ring.share();
      }
      chosen.lag += total;
    }
  }

  private Ring earliestDeadline() {
    Ring best = rings[0];
    for (Ring ring : rings) {
      if (isBefore(ring, best)) {
        best = ring;
      }
    }
    return best;
  }

  private boolean isBefore(Ring ring, Ring best) {
    if (ring.share() == 0 || best.share() == 0) {
      return best.share() == 0 && ring.share() > 0;
    }
    boolean eligible = ring.lag >= 0;
    if (eligible != (best.lag >= 0)) {
      return eligible;
    }
    // deadline = (total - lag) / share, compared without a division
    return (total - ring.lag) * best.share() < (total - best.lag) * ring.share();
  }

  /** The same rule by both lags together, among the rings that are safe to choose. */
  private Ring byBothLags() {
    long overdraft = 0;
    for (Ring ring : rings) {
      overdraft += overdraft(ring, 0);
    }
    Ring best = null;
    for (Ring ring : rings) {
      if (ring.lag + ring.share() >= total) {
        // without this turn it would be a whole one behind
        return ring;
      }
      // not ahead by a whole turn afterwards, and no deadline of another in danger
      if (ring.share() > 0
          && ring.lag + ring.share() > 0
          && overdraft - overdraft(ring, 0) + overdraft(ring, total) < total
          && (best == null || isBeforeByBoth(ring, best))) {
        best = ring;
      }
    }
    return best == null ? mostUrgent() : best;
  }

  /** How far ahead of its share a ring is at the turn after next, if it has been charged. */
  private static long overdraft(Ring ring, long charged) {
    return ring.share() == 0 ? 0 : Math.max(0, charged - ring.lag - 2 * ring.share());
  }

  private boolean isBeforeByBoth(Ring ring, Ring best) {
    double lag = ring.carried + (double) ring.lag / total;
    double bestLag = best.carried + (double) best.lag / total;
    boolean eligible = lag > -ROUNDING;
    if (eligible != (bestLag > -ROUNDING)) {
      return eligible;
    }
    return (1 - lag) * best.share() < (1 - bestLag) * ring.share();
  }

  /** The earliest deadline in whole turns: where any choice keeps the bound, this one does. */
  private Ring mostUrgent() {
    Ring best = rings[0];
    long earliest = Long.MAX_VALUE;
    for (Ring ring : rings) {
      if (ring.share() > 0 && ring.lag + ring.share() > 0) {
        long deadline = Math.floorDiv(total - ring.lag + ring.share() - 1, ring.share());
        if (deadline < earliest) {
          earliest = deadline;
          best = ring;
        }
      }
    }
    return best;
  }

  /** To be called when a share has changed: ideal shares count from the next turn on. */
  void change() {
    changed = true;
  }

  /** As of now, where shares have changed. */
  void restartIfChanged() {
    if (changed) {
      restart();
    }
  }

  private void restart() {
    long before = total;
    total = 0;
    double sum = 0;
    for (Ring ring : rings) {
      total += ring.share();
      ring.carried = ring.share() == 0 ? 0 : carried(ring, before);
      ring.lag = 0;
      sum += ring.carried;
    }
    // all lags together are 0: what rings that left had is shared out
    for (Ring ring : rings) {
      if (ring.share() > 0) {
        ring.carried = clamp(ring.carried - sum * ring.share() / total);
      }
    }
    changed = false;
    seeCarried();
  }

  private void seeCarried() {
    carrying = false;
    for (Ring ring : rings) {
      carrying |= Math.abs(ring.carried) > ROUNDING;
    }
  }

  private static double carried(Ring ring, long total) {
    return clamp(turns(ring, total));
  }

  private static double turns(Ring ring, long total) {
    return ring.carried + (total == 0 ? 0 : (double) ring.lag / total);
  }

  private static double clamp(double lag) {
    double rounded = Math.rint(lag * CARRIED_PARTS) / CARRIED_PARTS;
    return Math.max(-MAX_CARRIED, Math.min(MAX_CARRIED, rounded));
  }

  /**
   * What is to be saved, for each ring: its lag in turns, and 4 times a whole number of which the
   * upper bits are the {@link #key} and the lower ones the lag that counts from the last change. A
   * double just has the bits.
   */
  double[] marks() {
    restartIfChanged();
    boolean whole = total > 0 && total < MAX_SAVED;
    long key = key();
    double[] marks = new double[rings.length];
    for (int i = 0; i < rings.length; i++) {
      double turns = turns(rings[i], total);
      marks[i] =
          whole ? 4.0 * (key * 2 * MAX_SAVED + rings[i].lag + MAX_SAVED) + turns : clamp(turns);
    }
    return marks;
  }

  /** Stands for the tokens that are ready, 1 to 2^16; others have the same once in 65,536 times. */
  private long key() {
    long key = 0;
    for (Ring ring : rings) {
      key = (key + ring.readyHash() + ring.share()) * 0x9E3779B97F4A7C15L;
      key ^= key >>> 32;
    }
    return 1 + (key >>> 48);
  }

  /**
   * Takes up the marks that were saved last, one for each ring, 0 where there is none. With the
   * same tokens ready, the order goes on as if the account had never gone; else the lags are
   * carried, as after any change.
   */
  void resume(double[] marks) {
    restartIfChanged();
    long key = key();
    long[] lags = new long[rings.length];
    long sum = 0;
    boolean same = true;
    for (int i = 0; i < rings.length; i++) {
      long packed = Math.round(marks[i] / 4);
      lags[i] = packed % (2 * MAX_SAVED) - MAX_SAVED;
      sum += lags[i];
      same &= packed / (2 * MAX_SAVED) == key && Math.abs(lags[i]) < total;
    }
    changed = !same || sum != 0;
    for (int i = 0; i < rings.length; i++) {
      double turns = marks[i] - 4.0 * Math.round(marks[i] / 4);
      double since = changed ? 0 : (double) lags[i] / total;
      rings[i].lag = changed ? 0 : lags[i];
      rings[i].carried = Math.abs(turns) < 2 ? clamp(turns - since) : 0;
    }
    seeCarried();
  }

  /** Takes up the lags from before a refresh. */
  void resume(EevdfScheduler before, boolean sameTokens) {
    restartIfChanged();
    boolean sameReady = sameTokens && !before.changed;
    for (Ring old : before.rings) {
      for (Ring ring : rings) {
        if (ring.weight == old.weight) {
          ring.lag = sameReady ? old.lag : 0;
          ring.carried =
              sameReady ? old.carried : old.share() == 0 ? 0 : carried(old, before.total);
        }
      }
    }
    if (sameReady) {
      seeCarried();
    } else {
      restart();
    }
  }
}
