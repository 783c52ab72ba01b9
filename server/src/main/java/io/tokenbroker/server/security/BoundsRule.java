package io.tokenbroker.server.security;

import java.util.List;

/** The bounds of each caller that a pattern is for, and that no rule before is for. */
record BoundsRule(List<NamePattern> callers, Bounds bounds) {
  BoundsRule {
    callers = List.copyOf(callers);
  }

  boolean isFor(String caller) {
    return callers.stream().anyMatch(pattern -> pattern.matches(caller));
  }
}
