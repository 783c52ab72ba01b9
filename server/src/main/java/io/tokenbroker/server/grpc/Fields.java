package io.tokenbroker.server.grpc;

import com.google.protobuf.Timestamp;
import io.grpc.Context;
import io.grpc.Deadline;
import io.tokenbroker.server.account.Turns;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Page;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Reads the fields of requests; what is not as documented is an {@link
 * FailureReason#INVALID_FIELD}.
 */
final class Fields {
  /** 9999-12-31T23:59:59Z, the last second of a Timestamp. */
  private static final long LAST_SECOND = 253_402_300_799L;

  private static final int MAX_STREAM_ID = 64;
  private static final Duration LONGEST_WAIT = Duration.ofDays(366);

  private Fields() {}

  static AccountId account(String value) {
    return checked("account", value, AccountId::new);
  }

  static TokenId tokenId(String field, String value) {
    return checked(field, value, TokenId::new);
  }

  static Scope scope(String value) {
    return value.isEmpty() ? Scope.ALL : checked("scope", value, Scope::new);
  }

  /** Empty for none. */
  static String streamId(String value) {
    return value.isEmpty() ? value : checked("stream_id", value, Fields::printable);
  }

  private static String printable(String value) {
    if (value.length() > MAX_STREAM_ID || !value.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          "must have 1 to " + MAX_STREAM_ID + " printable ASCII characters without spaces");
    }
    return value;
  }

  /**
   * As long as the call may take, and no longer than it wants to wait; without either, as long as
   * it takes.
   *
   * @param bounded whether there is a {@code maxWait}
   */
  static Duration patience(boolean wait, boolean bounded, com.google.protobuf.Duration maxWait) {
    Duration most =
        bounded
            ? duration("max_wait", maxWait, Duration.ZERO, LONGEST_WAIT, "0 to 366 days")
            : Turns.FOREVER;
    if (!wait) {
      return Duration.ZERO;
    }
    Deadline deadline = Context.current().getDeadline();
    if (deadline == null) {
      return most;
    }
    Duration left = Duration.ofNanos(Math.max(1, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    return left.compareTo(most) < 0 ? left : most;
  }

  /** Makes a value that throws an IllegalArgumentException if it is not valid. */
  static <V, T> T checked(String field, V value, Function<V, T> type) {
    try {
      return type.apply(value);
    } catch (IllegalArgumentException e) {
      throw BrokerException.invalidField(field, String.valueOf(e.getMessage()));
    }
  }

  static long notNegative(String field, long value) {
    if (value < 0) {
      throw BrokerException.invalidField(field, "must not be negative");
    }
    return value;
  }

  static int between(String field, int value, int min, int max) {
    return (int) between(field, (long) value, min, max);
  }

  static long between(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw BrokerException.invalidField(
          field, "must be %d to %d, is %d".formatted(min, max, value));
    }
    return value;
  }

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

  /** As {@link #between}, from 1 on, but 0 stands for a default. */
  static int orDefault(String field, int value, int defaultValue, int max) {
    return value == 0 ? defaultValue : between(field, value, 1, max);
  }

  static void size(String field, int size, int max) {
    if (size < 1 || size > max) {
      throw BrokerException.invalidField(
          field, "must have 1 to %d elements, has %d".formatted(max, size));
    }
  }

  static int pageSize(int value) {
    return orDefault("page_size", value, Page.DEFAULT_SIZE, Page.MAX_SIZE);
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

  /** A page token is where the page before ended, in a form that nobody is tempted to make up. */
  static String pageToken(String lastItem) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(lastItem.getBytes(StandardCharsets.UTF_8));
  }

  static <T> Optional<T> pageToken(String token, Function<String, T> type) {
    if (token.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] item = Base64.getUrlDecoder().decode(token);
      return Optional.of(type.apply(new String(item, StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      throw BrokerException.invalidField("page_token", "is not one that this method returned");
    }
  }
}
