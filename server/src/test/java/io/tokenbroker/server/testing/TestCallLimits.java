package io.tokenbroker.server.testing;

import io.tokenbroker.server.grpc.CallLimits;
import java.time.Duration;

/** Wide ones, but where a test sets another. */
public final class TestCallLimits {
  /** All as they are here. */
  public static final CallLimits WIDE = new TestCallLimits().build();

  private int callsPerConnection = 10_000;
  private int resets = 10_000;
  private int unsentBytes = 1 << 26;
  private long requestBytes = 1L << 30;
  private Duration keepaliveMinTime = Duration.ofMinutes(1);
  private Duration keepaliveTime = Duration.ofMinutes(1);
  private Duration keepaliveTimeout = Duration.ofMinutes(1);

  public TestCallLimits callsPerConnection(int calls) {
    callsPerConnection = calls;
    return this;
  }

  public TestCallLimits resets(int calls) {
    resets = calls;
    return this;
  }

  public TestCallLimits unsentBytes(int bytes) {
    unsentBytes = bytes;
    return this;
  }

  public TestCallLimits requestBytes(long bytes) {
    requestBytes = bytes;
    return this;
  }

  public TestCallLimits keepaliveMinTime(Duration time) {
    keepaliveMinTime = time;
    return this;
  }

  public TestCallLimits keepaliveTime(Duration time) {
    keepaliveTime = time;
    return this;
  }

  public TestCallLimits keepaliveTimeout(Duration time) {
    keepaliveTimeout = time;
    return this;
  }

  public CallLimits build() {
    return new CallLimits(
        callsPerConnection,
        resets,
        unsentBytes,
        4 << 20,
        requestBytes,
        keepaliveMinTime,
        keepaliveTime,
        keepaliveTimeout);
  }
}
