package io.tokenbroker.server.security;

import io.tokenbroker.server.model.Labels;
import java.util.Set;

/** The tokens whose label one of the patterns matches. */
record LabelPatterns(Set<NamePattern> patterns) implements Labels {
  LabelPatterns {
    patterns = Set.copyOf(patterns);
  }

  @Override
  public boolean include(String label) {
    for (NamePattern pattern : patterns) {
      if (pattern.matches(label)) {
        return true;
      }
    }
    return false;
  }
}
