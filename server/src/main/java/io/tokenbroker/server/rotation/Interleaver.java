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
 * <p>Guarded by the stripe of its account.
 */
final class Interleaver {
  private final Ring[] rings;
  private long total;

  Interleaver(Ring[] rings) {
    this.rings = rings;
    restart();
  }

  /** The sum of all shares; 0 if no token is ready. At most tokens x 100: products fit a long. */
  long total() {
    return total;
  }

  /** The ring that has the next turn; there must be a ready token. */
  Ring next() {
    if (rings.length == 1) {
      return rings[0];
    }
    Ring chosen = earliestDeadline();
    for (Ring ring : rings) {
      ring.lag += ring.share();
    }
    chosen.lag -= total;
    return chosen;
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

  /** To be called when a share has changed: ideal shares count from here. */
  void restart() {
    total = 0;
    for (Ring ring : rings) {
      total += ring.share();
      ring.lag = 0;
    }
  }

  /** Takes up lags, in turns, from before a restart of the process. */
  void resume(Ring ring, double lag) {
    ring.lag = Math.abs(lag) < 1 ? Math.round(lag * total) : 0;
  }
}
