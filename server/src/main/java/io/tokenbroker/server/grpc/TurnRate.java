package io.tokenbroker.server.grpc;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast somebody may have turns, or try to log in: a bucket with so many seconds' worth. What is
 * asked for together may overdraw it, and is waited for afterwards. Thread-safe, without locks.
 */
final class TurnRate {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long spanNanos;

  /** When all that was had is paid for; never long before now. */
  private final AtomicLong paidNanos;

  TurnRate(int seconds, int perSecond, long now) {
    spanNanos = seconds * SECOND;
    paidNanos = new AtomicLong(now - spanNanos + each(perSecond));
  }

  private static long each(int perSecond) {
    return SECOND / perSecond;
  }

  /** Takes so many if any may be had; else returns in how many nanoseconds that will be. */
  long take(int count, int perSecond, long now) {
    while (true) {
      long paid = paidNanos.get();
      long begin = begin(paid, perSecond, now);
      if (begin - now > 0) {
        return begin - now;
      }
      if (paidNanos.compareAndSet(paid, begin + count * each(perSecond))) {
        return 0;
      }
    }
  }

  void charge(int count, int perSecond, long now) {
    paidNanos.updateAndGet(paid -> begin(paid, perSecond, now) + count * each(perSecond));
  }

  /** In how many nanoseconds one may be had; 0 or less for now. */
  long delay(int perSecond, long now) {
    return begin(paidNanos.get(), perSecond, now) - now;
  }

  /** The bucket is never fuller than full. */
  private long begin(long paid, int perSecond, long now) {
    long full = now - spanNanos + each(perSecond);
    return paid - full < 0 ? full : paid;
  }

  /** Whether it says nothing any more, however many a second there may be. */
  boolean isFull(long now) {
    return paidNanos.get() - (now - spanNanos) <= 0;
  }
}
