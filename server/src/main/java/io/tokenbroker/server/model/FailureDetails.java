package io.tokenbroker.server.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What a failure tells machines, beside its reason. */
public sealed interface FailureDetails {
  /** By names that the contract documents. */
  Map<String, String> metadata();

  /** When trying again may help; empty if waiting does not. */
  default Optional<Duration> retryAfter() {
    return Optional.empty();
  }

  /** Nothing but names. */
  record Named(Map<String, String> metadata) implements FailureDetails {}

  /** It may be different after a while. */
  record Retry(Duration after, Map<String, String> metadata) implements FailureDetails {
    @Override
    public Optional<Duration> retryAfter() {
      return Optional.of(after);
    }
  }

  record Unauthenticated(AuthenticationFailure why) implements FailureDetails {
    @Override
    public Map<String, String> metadata() {
      return Map.of("cause", why.name().toLowerCase(Locale.ROOT));
    }
  }

  /**
   * @param path such as {@code tokens[3].weight}
   * @param wrong what is wrong with the field, to be read behind its path
   */
  record Field(String path, String wrong) implements FailureDetails {
    @Override
    public Map<String, String> metadata() {
      return Map.of("field", path);
    }
  }

  /**
   * @param answered whether the database was reached: it can't do this one thing now, and others
   *     may fare better
   * @param unsettled whether what was asked may stand all the same
   */
  record Store(Duration after, boolean answered, boolean unsettled) implements FailureDetails {
    @Override
    public Map<String, String> metadata() {
      return Map.of();
    }

    @Override
    public Optional<Duration> retryAfter() {
      return Optional.of(after);
    }
  }
}
