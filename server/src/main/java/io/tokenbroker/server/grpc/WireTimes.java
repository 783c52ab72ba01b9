package io.tokenbroker.server.grpc;

import com.google.protobuf.Timestamp;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.time.Instant;

/** Times, between the contract and the JDK. */
final class WireTimes {
  /** 9999-12-31T23:59:59Z, the last second of a Timestamp. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private WireTimes() {}

  /**
   * @param range the bounds as the caller reads them
   */
  static Duration duration(
      String field, com.google.protobuf.Duration value, Duration min, Duration max, String range) {
    boolean oneSign = value.getSeconds() == 0 || value.getSeconds() < 0 == value.getNanos() < 0;
    if (Math.abs((long) value.getNanos()) <= 999_999_999
        && (oneSign || value.getNanos() == 0)
        && value.getSeconds() >= -LAST_SECOND
        && value.getSeconds() <= LAST_SECOND) {
      Duration duration = Duration.ofSeconds(value.getSeconds(), value.getNanos());
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    }
    throw BrokerException.invalidField(field, "must be " + range);
  }

  static Instant time(String field, Timestamp value) {
    if (value.getSeconds() < 0
        || value.getSeconds() > LAST_SECOND
        || value.getNanos() < 0
        || value.getNanos() > 999_999_999) {
      throw BrokerException.invalidField(field, "must be in the years 1970 to 9999");
    }
    return Instant.ofEpochSecond(value.getSeconds(), value.getNanos());
  }

  static Timestamp timestamp(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
