package io.tokenbroker.server.security;

import java.util.Optional;

/** What others than the broker call somebody, as the name of a caller. */
final class CallerName {
  private static final int MAX_LENGTH = 512;

  private CallerName() {}

  /** Empty if it is none that a policy could name. */
  static Optional<String> of(String prefix, String name) {
    return name.isBlank()
            || name.length() > MAX_LENGTH
            || name.chars().anyMatch(Character::isISOControl)
        ? Optional.empty()
        : Optional.of(prefix + name);
  }
}
