package io.tokenbroker.server.alert;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;

/**
 * What a receiver says.
 *
 * @param status of HTTP
 * @param retryAfter how long it wants to be left alone; zero if it does not say
 */
public record Answer(int status, Duration retryAfter) {
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_EARLY = 425;
  private static final int TOO_MANY_REQUESTS = 429;

  boolean isTaken() {
    return status >= 200 && status < 300;
  }

  /**
   * Whether it says that this alert, or this sender, is wrong: it will hardly say anything else.
   */
  boolean isRefusal() {
    return status >= 300
        && status < 500
        && status != REQUEST_TIMEOUT
        && status != TOO_EARLY
        && status != TOO_MANY_REQUESTS;
  }

  /** Of a header {@code Retry-After}: seconds, or a date. What is neither says nothing. */
  static Duration retryAfter(String header, Instant now) {
    String text = header.strip();
    if (text.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      Instant time = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
      Duration wait = Duration.between(now, time);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeException e) {
      return Duration.ZERO;
    }
  }
}
