package io.tokenbroker.server.fleet;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The time of day that all brokers of a fleet share: that of their database. What one of them saves
 * of limits and cooldowns bears times, by which the next owner goes; their own clocks may be hours
 * apart, and may be set. Until the database has told it, it is the broker's own. Thread-safe.
 */
public final class FleetClock implements InstantSource {
  private final InstantSource own;
  private final LongSupplier ticker;
  private volatile @Nullable Told told;

  private record Told(long millis, long nanos) {
    long at(long now) {
      return millis + TimeUnit.NANOSECONDS.toMillis(now - nanos);
    }
  }

  /**
   * @param ticker monotonic, in nanoseconds
   */
  public FleetClock(InstantSource own, LongSupplier ticker) {
    this.own = own;
    this.ticker = ticker;
  }

  /** What {@link #told} is to be given. */
  public long ticks() {
    return ticker.getAsLong();
  }

  /**
   * Is set by what the database says, unless it agrees as far as can be told: it was that time at
   * some moment between question and answer. Called by one thread.
   *
   * @param asked {@link #ticks} before the database was asked
   */
  public void told(Instant time, long asked) {
    long now = ticker.getAsLong();
    long earliest = time.toEpochMilli();
    long latest = earliest + TimeUnit.NANOSECONDS.toMillis(now - asked) + 1;
    Told before = told;
    if (before == null || before.at(now) < earliest || before.at(now) > latest) {
      told = new Told((earliest + latest) / 2, now);
    }
  }

  @Override
  public long millis() {
    Told last = told;
    return last == null ? own.millis() : last.at(ticker.getAsLong());
  }

  @Override
  public Instant instant() {
    return told == null ? own.instant() : Instant.ofEpochMilli(millis());
  }
}
