package io.tokenbroker.server.rotation;

/**
 * A caller with calls that wait for tokens of an account, whichever scope they are for. Guarded by
 * the stripe of its account.
 */
final class WaitingCaller {
  /** Empty where nobody is asked who calls: all are one. */
  final String name;

  /** How many of its calls wait. */
  int waiting;

  /** When it was served last, or came: how many were served before. */
  long served;

  WaitingCaller(String name) {
    this.name = name;
  }
}
