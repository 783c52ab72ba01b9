package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.BenchReason;
import org.jspecify.annotations.Nullable;

/**
 * Why a token is kept back, and until when. Whatever keeps tokens back says so with one of these;
 * {@link #longest} is the law of what several of them come to.
 */
public record Hold(BenchReason reason, Deadline deadline) {
  public static final Hold DISABLED = new Hold(BenchReason.DISABLED, Deadline.UNKNOWN);
  public static final Hold EXPIRED = new Hold(BenchReason.EXPIRED, Deadline.UNKNOWN);
  public static final Hold UNREADABLE = new Hold(BenchReason.UNREADABLE, Deadline.UNKNOWN);

  /**
   * Both at once: it ends with the one that lasts longer, for the reason that outweighs the other;
   * of reasons that weigh the same, for the one that lasts longer, else the first. Null is none.
   */
  public static @Nullable Hold longest(@Nullable Hold a, @Nullable Hold b, Moment moment) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    boolean longer = a.delay(moment) >= b.delay(moment);
    int weight = Integer.compare(a.reason.weight(), b.reason.weight());
    if (weight == 0 || longer == weight > 0) {
      return longer ? a : b;
    }
    return longer ? new Hold(b.reason, a.deadline) : new Hold(a.reason, b.deadline);
  }

  /** The same of three. */
  public static @Nullable Hold longest(
      @Nullable Hold a, @Nullable Hold b, @Nullable Hold c, Moment moment) {
    return longest(longest(a, b, moment), c, moment);
  }

  /**
   * Of what ends by itself and a lease, the weightier one as it is: nobody knows whether a lease
   * will be renewed, so its end says nothing about the other's.
   */
  public static @Nullable Hold weightier(@Nullable Hold own, @Nullable Hold lease) {
    if (own == null || lease == null) {
      return own == null ? lease : own;
    }
    return own.reason.weight() > lease.reason.weight() ? own : lease;
  }

  /** How long a hold lasts, in nanoseconds: 0 if there is none, or it is over. */
  public static long left(@Nullable Hold hold, Moment moment) {
    return hold == null ? 0 : hold.delay(moment);
  }

  /** How long it lasts, in nanoseconds: 0 if it is over, {@link Long#MAX_VALUE} if unknown. */
  public long delay(Moment moment) {
    return deadline.delay(moment);
  }

  /** Nothing if it is over. */
  public @Nullable Hold unlessOver(Moment moment) {
    return delay(moment) <= 0 ? null : this;
  }

  /** Whether it ends at a time that is known. */
  public boolean ends() {
    return !deadline.equals(Deadline.UNKNOWN);
  }
}
