package io.tokenbroker.server.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes events off the threads that log them, so that a slow reader of standard error never holds
 * up an event loop. What finds the queue full is dropped and counted.
 */
final class LogQueue extends AsyncAppender {
  private static final int CAPACITY = 8192;

  private final AtomicLong dropped = new AtomicLong();

  /**
   * @param flushTime how long to write what is waiting when this is stopped
   */
  LogQueue(Duration flushTime) {
    setQueueSize(CAPACITY);
    setDiscardingThreshold(0); // logback's own would drop INFO without telling
    setNeverBlock(true);
    setMaxFlushTime(Math.toIntExact(flushTime.toMillis()));
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (getRemainingCapacity() == 0) {
      dropped.incrementAndGet();
    } else {
      super.append(event);
    }
  }

  /** How many events were dropped since the last call. */
  long takeDropped() {
    return dropped.getAndSet(0);
  }
}
