package io.tokenbroker.server.backup;

/** A backup can't be made, or used. The message is one line for the person who tried. */
public final class BackupException extends Exception {
  private static final long serialVersionUID = 1;

  public BackupException(String message) {
    super(message);
  }
}
