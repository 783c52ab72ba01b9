package io.tokenbroker.server.security;

import java.security.GeneralSecurityException;

/** What a vault did not do; the message goes on after its name, and has nothing secret. */
final class VaultException extends GeneralSecurityException {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  VaultException(String message, boolean mayPass) {
    super(message);
    this.mayPass = mayPass;
  }

  /** Whether another try may help. */
  boolean mayPass() {
    return mayPass;
  }
}
