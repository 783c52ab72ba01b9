package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/** Times as ISO-8601. */
final class Times {
  private Times() {}

  static String iso(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString();
  }

  /**
   * For people: to the nearest second, as a broker reckons this one anew from two clocks each time
   * that it is asked.
   */
  static String ready(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos())
        .plusMillis(500)
        .truncatedTo(ChronoUnit.SECONDS)
        .toString();
  }

  /** For people: whole milliseconds, rounded down. */
  static String shown(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos())
        .truncatedTo(ChronoUnit.MILLIS)
        .toString();
  }

  static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  static double seconds(com.google.protobuf.Duration duration) {
    return duration.getSeconds() + duration.getNanos() / 1e9;
  }

  /**
   * How long to wait at least, for people: {@code 3.2 s}, from a minute on in two units, such as
   * {@code 23h57m}; rounded up.
   */
  static String wait(Duration duration) {
    long tenths = (duration.toMillis() + 99) / 100;
    if (tenths < 600) {
      return (tenths % 10 == 0 ? Long.toString(tenths / 10) : tenths / 10 + "." + tenths % 10)
          + " s";
    }
    long seconds = (tenths + 9) / 10;
    if (seconds < 3600) {
      return two(seconds, 60, "m", "s");
    }
    long minutes = (seconds + 59) / 60;
    return minutes < 1440 ? two(minutes, 60, "h", "m") : two((minutes + 59) / 60, 24, "d", "h");
  }

  private static String two(long count, long unit, String large, String small) {
    return count / unit + large + (count % unit == 0 ? "" : count % unit + small);
  }

  /** Exactly, as {@link TimeoutConverter} reads it: 500ms, 90s, 1m31s, 2h, 23h56m31s, 7d. */
  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis <= 0 || millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds < 120 && seconds % 60 != 0) {
      return seconds + "s";
    }
    return part(seconds / 86_400, "d")
        + part(seconds / 3600 % 24, "h")
        + part(seconds / 60 % 60, "m")
        + part(seconds % 60, "s");
  }

  private static String part(long count, String unit) {
    return count == 0 ? "" : count + unit;
  }

  /**
   * Reads {@code 2030-01-31T12:00:00Z}, also with another offset.
   *
   * @throws DateTimeException if it is anything else
   */
  static Timestamp parse(String text) {
    Instant time = OffsetDateTime.parse(text).toInstant();
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
