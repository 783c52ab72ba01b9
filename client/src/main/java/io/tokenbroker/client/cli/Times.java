package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Times as ISO-8601. */
final class Times {
  private Times() {}

  static String iso(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos()).toString();
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
