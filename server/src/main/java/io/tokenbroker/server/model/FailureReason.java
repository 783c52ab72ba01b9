package io.tokenbroker.server.model;

/**
 * Why a call can't be served. Callers are told these names: each is documented in the contract, as
 * {@code ERROR_REASON_} and the name, with the code that it has here and a sample.
 */
public enum FailureReason {
  /** The account is unknown, or it has no tokens. */
  CREDENTIALS_DO_NOT_EXIST(Code.NOT_FOUND),
  /** The account has tokens, but none that will ever be ready by itself. */
  TOKENS_QUARANTINED(Code.FAILED_PRECONDITION),
  /** The database can't be reached, or has too much to do, and the answer is not in memory. */
  STORE_UNAVAILABLE(Code.UNAVAILABLE),
  /** A field of the request is not as the contract says. */
  INVALID_FIELD(Code.INVALID_ARGUMENT),
  TOKEN_DOES_NOT_EXIST(Code.NOT_FOUND),
  /** The tokens are kept in a table of somebody else, which the broker only reads. */
  STORE_READ_ONLY(Code.FAILED_PRECONDITION),
  /** The broker is about to stop; another one, or the next one, will serve. */
  SHUTTING_DOWN(Code.UNAVAILABLE),
  /** A fault in the broker: whatever fails with anything but a {@link BrokerException}. */
  INTERNAL(Code.INTERNAL),
  /** Every token of the account is benched now, and at least one will be back by itself. */
  TOKENS_COOLING(Code.RESOURCE_EXHAUSTED),
  /** Every token of the account that could be handed out is leased. */
  TOKENS_LEASED(Code.RESOURCE_EXHAUSTED),
  /** As many calls wait for a token of the account as may. */
  TOO_MANY_WAITERS(Code.RESOURCE_EXHAUSTED),
  /** The account has as many scopes in use as it may have. */
  TOO_MANY_SCOPES(Code.RESOURCE_EXHAUSTED),
  /** The lease is no longer the caller's. */
  LEASE_LOST(Code.ABORTED),
  LEASE_DOES_NOT_EXIST(Code.NOT_FOUND),
  /** The account, or the holder, has as many leases as it may have. */
  LEASE_LIMIT(Code.RESOURCE_EXHAUSTED),
  /** The account has no open stream of turns of this id, here. */
  STREAM_DOES_NOT_EXIST(Code.NOT_FOUND),
  STREAM_ALREADY_EXISTS(Code.ALREADY_EXISTS),
  /** The broker has no memory left for this call; it has for others. */
  BROKER_BUSY(Code.UNAVAILABLE),
  /** It is not known who calls. */
  UNAUTHENTICATED(Code.UNAUTHENTICATED),
  /** The policy does not let the caller do that. */
  PERMISSION_DENIED(Code.PERMISSION_DENIED),
  /** No key of a caller has this id, or this name. */
  CALLER_KEY_DOES_NOT_EXIST(Code.NOT_FOUND),
  /** There are as many keys of callers as there may be. */
  CALLER_KEY_LIMIT(Code.FAILED_PRECONDITION),
  /** The caller has as much as one caller may. */
  CLIENT_LIMIT(Code.RESOURCE_EXHAUSTED),
  /** The audit log can't be written, and what was asked for must be. */
  AUDIT_UNAVAILABLE(Code.UNAVAILABLE),
  /** Another address of the broker serves that. */
  WRONG_ADDRESS(Code.UNIMPLEMENTED),
  /** Another broker of the fleet answers for the account, or none does at this moment. */
  NOT_OWNER(Code.UNAVAILABLE);

  private final Code code;

  FailureReason(Code code) {
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /** What kind of failure that is for a caller who does not know the reason: gRPC's names. */
  public enum Code {
    INVALID_ARGUMENT,
    NOT_FOUND,
    ALREADY_EXISTS,
    FAILED_PRECONDITION,
    RESOURCE_EXHAUSTED,
    ABORTED,
    UNAVAILABLE,
    UNAUTHENTICATED,
    PERMISSION_DENIED,
    UNIMPLEMENTED,
    INTERNAL
  }
}
