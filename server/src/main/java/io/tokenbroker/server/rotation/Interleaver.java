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
 * <p>The first turn after a change may go to any ring without breaking that bound (why, is in
 * docs/decisions.md). It goes by the lags that the rings had before the change: so nobody starves
 * where shares change with every turn.
 *
 * <p>Guarded by the stripe of its account.
 */
final class Interleaver {
  /** Carried lags stay below one turn: what a change has made of them need not be made good. */
  private static final double MAX_CARRIED = 0.999;

  private final Ring[] rings;
  private long total;

  /** Whether shares have changed since the last turn. */
  private boolean changed;

  /** Whether the next turn is the first of these shares. */
  private boolean first;

  Interleaver(Ring[] rings) {
    this.rings = rings;
    restart();
  }

  /** The sum of all shares. At most tokens x 100: products fit a long. */
  long total() {
    restartIfChanged();
    return total;
  }

  /** The ring that has the next turn; there must be a ready token. */
  Ring next() {
    if (rings.length == 1) {
      return rings[0];
    }
    restartIfChanged();
    Ring chosen = first ? firstRing() : earliestDeadline();
    charge(chosen);
    return chosen;
  }

  /** Gives the turn to a ring out of order. */
  void charge(Ring chosen) {
    restartIfChanged();
    first = false;
    for (Ring ring : rings) {
      ring.lag += ring.share();
    }
    chosen.lag -= total;
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

  /** The same rule by the carried lags. */
  private Ring firstRing() {
    Ring best = rings[0];
    for (Ring ring : rings) {
      if (isFirstBefore(ring, best)) {
        best = ring;
      }
    }
    return best;
  }

  private static boolean isFirstBefore(Ring ring, Ring best) {
    if (ring.share() == 0 || best.share() == 0) {
      return best.share() == 0 && ring.share() > 0;
    }
    boolean eligible = ring.carried >= 0;
    if (eligible != (best.carried >= 0)) {
      return eligible;
    }
    return (1 - ring.carried) * best.share() < (1 - best.carried) * ring.share();
  }

  /** To be called when a share has changed: ideal shares count from the next turn on. */
  void change() {
    changed = true;
  }

  private void restartIfChanged() {
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
    first = true;
  }

  private static double carried(Ring ring, long total) {
    double carried = ring.carried + (total == 0 ? 0 : (double) ring.lag / total);
    // what rounding leaves of 0 must not make a ring ineligible
    return Math.abs(carried) < 1e-9 ? 0 : clamp(carried);
  }

  private static double clamp(double lag) {
    return Math.max(-MAX_CARRIED, Math.min(MAX_CARRIED, lag));
  }

  /** Takes up lags, in turns, from before a restart of the process. */
  void resume(Ring ring, double lag) {
    restartIfChanged();
    ring.lag = Math.abs(lag) < 1 ? Math.round(lag * total) : 0;
    first &= ring.lag == 0;
  }

  /** Takes up the lags from before a refresh. */
  void resume(Interleaver before, boolean sameTokens) {
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
      first = before.first;
    } else {
      restart();
    }
  }
}
