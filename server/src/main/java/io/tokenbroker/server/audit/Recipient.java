package io.tokenbroker.server.audit;

/**
 * Who was handed something, and of what.
 *
 * @param caller by name, as a policy writes it
 * @param from the IP address that the call came from; empty if unknown
 * @param scope empty for none
 */
public record Recipient(String caller, String from, String account, String scope) {
  private static final int OBJECTS = 160;

  /** About what it takes, in bytes. */
  int bytes() {
    return OBJECTS + 2 * (account.length() + scope.length());
  }
}
