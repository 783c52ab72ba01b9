package io.tokenbroker.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Makes lines of events, and one of the events that were dropped before. */
final class LogEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};

  private final LogLine line;
  private final LogQueue queue;

  LogEncoder(LogLine line, LogQueue queue) {
    this.line = line;
    this.queue = queue;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder out = new StringBuilder(256);
    long dropped = queue.takeDropped();
    if (dropped > 0) {
      line.append(out, LogRecord.dropped(Instant.ofEpochMilli(event.getTimeStamp()), dropped));
    }
    line.append(out, LogRecord.of(event));
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
