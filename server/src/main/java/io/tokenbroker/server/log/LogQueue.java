package io.tokenbroker.server.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.event.KeyValuePair;

/**
 * Takes events off the threads that log them, so that a slow reader of standard error never holds
 * up an event loop. What finds the queue full is dropped and counted; so are too many of a kind.
 */
final class LogQueue extends AsyncAppender {
  private static final int CAPACITY = 8192;

  private final AtomicLong dropped = new AtomicLong();

  /** Of all that were dropped. */
  private final AtomicLong all = new AtomicLong();

  private final AtomicLong alike = new AtomicLong();

  private final LogLimit limit;

  /**
   * @param flushTime how long to write what is waiting when this is stopped
   */
  LogQueue(LogLimit limit, Duration flushTime) {
    this.limit = limit;
    setQueueSize(CAPACITY);
    setDiscardingThreshold(0); // logback's own would drop INFO without telling
    setNeverBlock(true);
    setMaxFlushTime(Math.toIntExact(flushTime.toMillis()));
  }

  @Override
  protected void append(ILoggingEvent event) {
    tellOmitted();
    if (limit.allows(event)) {
      enqueue(event);
    } else {
      alike.incrementAndGet();
    }
  }

  private void enqueue(ILoggingEvent event) {
    if (getRemainingCapacity() == 0) {
      dropped.incrementAndGet();
      all.incrementAndGet();
    } else {
      super.append(event);
    }
  }

  /** Says what was left out of the last minute, if that is over. */
  void tellOmitted() {
    limit.lastMinute().forEach(this::tell);
  }

  /** Says what has been left out until now. */
  void tellLast() {
    limit.restart().forEach(this::tell);
  }

  private void tell(LogLimit.Omitted omitted) {
    LoggingEvent event = new LoggingEvent();
    event.setTimeStamp(System.currentTimeMillis());
    event.setLevel(Level.WARN);
    event.setLoggerName(omitted.logger());
    event.setMDCPropertyMap(Map.of());
    event.setMessage("… and more like this in the last minute");
    event.addKeyValuePair(new KeyValuePair("lines", omitted.lines()));
    event.addKeyValuePair(new KeyValuePair("like", omitted.message()));
    enqueue(event);
  }

  /** How many events were dropped since the start, as there was no room. */
  long dropped() {
    return all.get();
  }

  /** How many were left out since the start, as too many were alike. */
  long alike() {
    return alike.get();
  }

  /** How many events were dropped since the last call. */
  long takeDropped() {
    return dropped.getAndSet(0);
  }
}
