package io.tokenbroker.server.fuzz;

/** What people are told about bad input. */
public final class Lines {
  private Lines() {}

  /** Fails unless it is one line with something in it, which cannot forge another. */
  public static void check(String text) {
    boolean forged =
        text.chars().anyMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029);
    if (text.isBlank() || forged) {
      throw new AssertionError("not one line: " + text);
    }
  }
}
