package io.tokenbroker.server.audit;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The audit log can't be opened; the message is one line, with the remedy. */
public final class AuditStartException extends Exception {
  private static final long serialVersionUID = 1;

  AuditStartException(String message) {
    super(message);
  }

  AuditStartException(String message, Exception cause) {
    super(message + reason(cause), cause);
  }

  private static String reason(Exception cause) {
    if (!(cause instanceof IOException)) {
      return "";
    }
    if (cause instanceof NoSuchFileException) {
      return ": its directory does not exist";
    }
    String reason =
        cause instanceof FileSystemException file ? file.getReason() : cause.getMessage();
    return ": "
        + (reason == null ? cause.getClass().getSimpleName().replace("Exception", "") : reason);
  }
}
