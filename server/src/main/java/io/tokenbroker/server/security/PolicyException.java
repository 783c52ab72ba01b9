package io.tokenbroker.server.security;

import java.util.List;

/** A policy file can't be used. */
public final class PolicyException extends Exception {
  private static final long serialVersionUID = 1;

  private final String[] problems;

  /**
   * @param problems each with its file and line, if it has one
   */
  PolicyException(List<String> problems) {
    super(String.join("; ", problems));
    this.problems = problems.toArray(String[]::new);
  }

  /** All that is wrong, in the order of the file. */
  public List<String> problems() {
    return List.of(problems);
  }
}
