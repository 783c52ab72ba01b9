package io.tokenbroker.client.cli;

/** What the command tells the script that runs it. */
public final class ExitCodes {
  public static final int OK = 0;

  /** Something that should not happen, such as a full disk or a fault in the broker. */
  public static final int UNEXPECTED = 1;

  /** A wrong command line, or INVALID_ARGUMENT. */
  public static final int USAGE = 2;

  /** No such account or token: NOT_FOUND. */
  public static final int NOT_FOUND = 3;

  /** The account has tokens, but none can be handed out now. */
  public static final int NO_TOKEN_READY = 4;

  /**
   * The broker cannot be reached, is stopping, has no database, or does not answer in time; or what
   * answers is no broker.
   */
  public static final int UNAVAILABLE = 5;

  /** The broker refused, or the question whether to go on was not answered with yes. */
  public static final int REFUSED = 6;

  /** The lease is no longer the caller's: ABORTED. */
  public static final int LEASE_LOST = 7;

  /** The data to import are not as documented; as EX_DATAERR of sysexits. */
  public static final int BAD_DATA = 65;

  private ExitCodes() {}
}
