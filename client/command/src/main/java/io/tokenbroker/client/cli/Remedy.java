package io.tokenbroker.client.cli;

/** What helps against an error of the broker, as far as the command knows. */
final class Remedy {
  private Remedy() {}

  /**
   * A sentence with a space before it; empty if there is none.
   *
   * @param reason the ErrorReason without its prefix, empty if unknown
   * @param account that the command was about, empty if none
   */
  static String of(String reason, String account) {
    return switch (reason) {
      case "CREDENTIALS_DO_NOT_EXIST" ->
          " Names are case-sensitive; see `tokenbroker accounts list`.";
      case "TOKEN_DOES_NOT_EXIST" ->
          account.isEmpty() ? "" : " See `tokenbroker tokens list " + account + "`.";
      case "WRONG_ADDRESS" -> " Give that one with --endpoint.";
      default -> "";
    };
  }
}
