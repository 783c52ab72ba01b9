package io.tokenbroker.server;

/** What {@code tokenbroker serve} tells whoever started it; from 64 on as in sysexits. */
final class ServeExitCodes {
  /** Stopped because it was asked to. */
  static final int STOPPED = 0;

  /** The database can't be reached, refuses the user, or has a schema that is too new. */
  static final int DATABASE = 69;

  /** A fault of the broker; its log has a stack trace. */
  static final int FAULT = 70;

  /** The address can't be listened on. */
  static final int LISTEN = 71;

  /** The configuration is wrong. */
  static final int CONFIG = 78;

  private ServeExitCodes() {}
}
