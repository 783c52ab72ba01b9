package io.tokenbroker.server.security;

import java.security.GeneralSecurityException;

/** What a vault did not do; the message goes on after its name, and has nothing secret. */
final class VaultException extends GeneralSecurityException {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  /**
   * @param mayPass whether another try may help
   */
  VaultException(String message, boolean mayPass) {
    super(message);
    this.mayPass = mayPass;
  }

  KeysetException.Kind kind() {
    return mayPass ? KeysetException.Kind.AWAY : KeysetException.Kind.WRONG;
  }
}
