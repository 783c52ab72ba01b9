package io.tokenbroker.server.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call that can't be served, for a reason that its caller is told. The message goes to the caller
 * as it is: one sentence, with the remedy if there is one, never a secret.
 */
public abstract sealed class BrokerException extends RuntimeException
    permits BrokerBusyException,
        CredentialsDoNotExistException,
        InvalidFieldException,
        LeaseDoesNotExistException,
        LeaseLimitException,
        LeaseLostException,
        ShuttingDownException,
        StoreReadOnlyException,
        StoreUnavailableException,
        StreamAlreadyExistsException,
        StreamDoesNotExistException,
        TokenDoesNotExistException,
        TokensCoolingException,
        TokensLeasedException,
        TokensQuarantinedException,
        TooManyScopesException,
        TooManyWaitersException {
  private static final long serialVersionUID = 1;

  /** Without a stack trace, unless there is a cause: these are answers, and may be frequent. */
  BrokerException(String message, @Nullable Throwable cause) {
    super(message, cause, false, cause != null);
  }

  /** Machine-readable details, by names that the contract documents. */
  public abstract Map<String, String> metadata();
}
