package io.tokenbroker.server.security;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which policy is in force.
 *
 * @param file its path; empty without a policy
 * @param rules how many it has
 * @param loadTime when it was read, absent without a policy
 * @param problems of a newer file that can't be used; empty if there is none
 */
public record PolicyStatus(
    String file, int rules, Optional<Instant> loadTime, List<String> problems) {
  static final PolicyStatus NONE = new PolicyStatus("", 0, Optional.empty(), List.of());

  public PolicyStatus {
    problems = List.copyOf(problems);
  }
}
