package io.tokenbroker.server.model;

import io.tokenbroker.server.model.FailureDetails.Named;
import io.tokenbroker.server.model.FailureDetails.Retry;
import io.tokenbroker.server.model.FailureDetails.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A call that can't be served, for a reason that its caller is told. The message goes to the caller
 * as it is: one sentence, with the remedy if there is one, never a secret.
 */
public final class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Long enough for a database to take what is in the way. */
  private static final Duration BUSY_RETRY = Duration.ofMillis(250);

  /** Room on a disk is made by people. */
  private static final Duration AUDIT_RETRY = Duration.ofSeconds(5);

  /** When there may be room again: nobody knows, but at once is too early. */
  private static final Duration WAITERS_RETRY = Duration.ofSeconds(1);

  /** Another broker, or the next process here, can be reached about now. */
  private static final Duration SHUTDOWN_RETRY = Duration.ofMillis(500);

  private final FailureReason reason;
  private final transient FailureDetails details;

  /** Without a stack trace, unless there is a cause: these are answers, and may be frequent. */
  private BrokerException(
      FailureReason reason, String message, FailureDetails details, @Nullable Throwable cause) {
    super(message, cause, false, cause != null);
    this.reason = reason;
    this.details = details;
  }

  private static BrokerException named(
      FailureReason reason, String message, Map<String, String> metadata) {
    return new BrokerException(reason, message, new Named(metadata), null);
  }

  private static BrokerException retry(
      FailureReason reason, String message, Duration after, Map<String, String> metadata) {
    return new BrokerException(reason, message, new Retry(after, metadata), null);
  }

  public FailureReason reason() {
    return reason;
  }

  public FailureDetails details() {
    return details;
  }

  /** Whether nothing could be asked of the store, rather than this one thing. */
  public boolean isOutage() {
    return details instanceof Store store && !store.answered();
  }

  /** Whether what was asked may stand all the same, for the answer to its commit was lost. */
  public boolean isUnsettled() {
    return details instanceof Store store && store.unsettled();
  }

  public static BrokerException credentialsDoNotExist(AccountId account) {
    return named(
        FailureReason.CREDENTIALS_DO_NOT_EXIST,
        "No credentials for account " + account + ".",
        Map.of("account", account.value()));
  }

  public static BrokerException tokenDoesNotExist(AccountId account, TokenId token) {
    return named(
        FailureReason.TOKEN_DOES_NOT_EXIST,
        "Account " + account + " has no token " + token + ".",
        Map.of("account", account.value(), "token_id", token.value()));
  }

  /**
   * @param field the path of the field, such as {@code tokens[3].weight}
   * @param wrong what is wrong with it, to be read behind the field's path
   */
  public static BrokerException invalidField(String field, String wrong) {
    return new BrokerException(
        FailureReason.INVALID_FIELD,
        field + " " + wrong + ".",
        new FailureDetails.Field(field, wrong),
        null);
  }

  /**
   * @param ready when the first token is back, by the wall clock
   * @param after the same from now on
   * @param benched how many tokens are benched, by reason in lower case; none of them 0
   */
  public static BrokerException tokensCooling(
      AccountId account, Scope scope, Instant ready, Duration after, Map<String, Integer> benched) {
    Map<String, String> metadata = new HashMap<>();
    benched.forEach((reason, count) -> metadata.put(reason, count.toString()));
    metadata.put("account", account.value());
    metadata.put("ready_time", ready.toString());
    if (!scope.isAll()) {
      metadata.put("scope", scope.value());
    }
    return retry(
        FailureReason.TOKENS_COOLING,
        "No token of account %s is ready%s; the first is back in %s."
            .formatted(account, scope.isAll() ? "" : " for " + scope, WaitText.of(after)),
        after,
        metadata);
  }

  /**
   * @param after when the first lease ends unless it is renewed, from now on; a guess if nobody
   *     knows
   */
  public static BrokerException tokensLeased(AccountId account, int leased, Duration after) {
    return retry(
        FailureReason.TOKENS_LEASED,
        "All usable tokens of account %s are leased: %d.".formatted(account, leased),
        after,
        Map.of("account", account.value(), "leased", Integer.toString(leased)));
  }

  public static BrokerException tokensQuarantined(
      AccountId account, int disabled, int expired, int quarantined, int unreadable) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("account", account.value());
    metadata.put("disabled", Integer.toString(disabled));
    metadata.put("expired", Integer.toString(expired));
    if (quarantined > 0) {
      metadata.put("quarantine", Integer.toString(quarantined));
    }
    if (unreadable > 0) {
      metadata.put("unreadable", Integer.toString(unreadable));
    }
    return named(
        FailureReason.TOKENS_QUARANTINED,
        "No usable token for account %s: %d disabled, %d expired%s%s. Enable or add a token."
            .formatted(
                account,
                disabled,
                expired,
                quarantined == 0 ? "" : ", " + quarantined + " refused by the upstream",
                unreadable == 0 ? "" : ", " + unreadable + " that can't be decrypted"),
        metadata);
  }

  public static BrokerException tooManyWaiters(AccountId account, int maxWaiters) {
    return retry(
        FailureReason.TOO_MANY_WAITERS,
        "%d calls wait for a token of account %s already.".formatted(maxWaiters, account),
        WAITERS_RETRY,
        Map.of("account", account.value(), "max_waiters", Integer.toString(maxWaiters)));
  }

  public static BrokerException tooManyScopes(AccountId account, int maxScopes) {
    return named(
        FailureReason.TOO_MANY_SCOPES,
        "Account %s has %d scopes in use already.".formatted(account, maxScopes),
        Map.of("account", account.value(), "max_scopes", Integer.toString(maxScopes)));
  }

  /**
   * @param account null if nothing is known of the lease
   */
  public static BrokerException leaseLost(LeaseId lease, @Nullable AccountId account) {
    return named(
        FailureReason.LEASE_LOST,
        "Lease %s%s has ended, or is somebody else's. Stop using its token."
            .formatted(lease, account == null ? "" : " of account " + account),
        account == null
            ? Map.of("lease_id", lease.value())
            : Map.of("lease_id", lease.value(), "account", account.value()));
  }

  /** For a stream whose leases another one of the same holder has taken over. */
  public static BrokerException leasesTakenOver(AccountId account) {
    return named(
        FailureReason.LEASE_LOST,
        "Another stream of the same holder and scope has taken over the leases of account %s."
            .formatted(account),
        Map.of("account", account.value()));
  }

  public static BrokerException leaseDoesNotExist(LeaseId lease) {
    return named(
        FailureReason.LEASE_DOES_NOT_EXIST,
        "There is no lease " + lease + ".",
        Map.of("lease_id", lease.value()));
  }

  /**
   * @param ofHolder whether the limit is that of one holder, or of the account
   */
  public static BrokerException leaseLimit(
      AccountId account, Holder holder, int limit, boolean ofHolder) {
    String leases = limit == 1 ? "1 lease" : limit + " leases";
    return named(
        FailureReason.LEASE_LIMIT,
        ofHolder
            ? "Holder %s has %s of account %s already, as many as one holder may have."
                .formatted(holder, leases, account)
            : "Account %s has %s already, as many as it may have.".formatted(account, leases),
        Map.of(
            "account",
            account.value(),
            "holder",
            holder.value(),
            "limit",
            Integer.toString(limit),
            "limit_of",
            ofHolder ? "holder" : "account"));
  }

  public static BrokerException streamDoesNotExist(AccountId account, String stream) {
    return named(
        FailureReason.STREAM_DOES_NOT_EXIST,
        "Account %s has no open stream %s on this broker.".formatted(account, stream),
        Map.of("account", account.value(), "stream_id", stream));
  }

  public static BrokerException streamAlreadyExists(AccountId account, String stream) {
    return named(
        FailureReason.STREAM_ALREADY_EXISTS,
        "Account %s has an open stream %s already.".formatted(account, stream),
        Map.of("account", account.value(), "stream_id", stream));
  }

  /**
   * @param limit the configuration key of the bound that was reached
   */
  public static BrokerException brokerBusy(String message, String limit) {
    return retry(FailureReason.BROKER_BUSY, message, BUSY_RETRY, Map.of("limit", limit));
  }

  /** What was asked for must be written down, and can't be. */
  public static BrokerException auditUnavailable(String message) {
    return retry(FailureReason.AUDIT_UNAVAILABLE, message, AUDIT_RETRY, Map.of());
  }

  public static BrokerException shuttingDown() {
    return retry(
        FailureReason.SHUTTING_DOWN,
        "The broker is shutting down. Try again.",
        SHUTDOWN_RETRY,
        Map.of());
  }

  public static BrokerException unauthenticated(AuthenticationFailure why) {
    return new BrokerException(
        FailureReason.UNAUTHENTICATED, why.text(), new FailureDetails.Unauthenticated(why), null);
  }

  /**
   * @param permission as it is called in a policy
   */
  public static BrokerException permissionDenied(String caller, String permission) {
    return named(
        FailureReason.PERMISSION_DENIED,
        "%s may not do that: no rule of the policy gives it %s here.".formatted(caller, permission),
        Map.of("caller", caller, "permission", permission));
  }

  /**
   * @param key its id, or whose it would be
   */
  public static BrokerException callerKeyDoesNotExist(String key) {
    return named(
        FailureReason.CALLER_KEY_DOES_NOT_EXIST,
        "There is no caller's key " + key + ".",
        Map.of("key", key));
  }

  public static BrokerException callerKeyLimit(int limit) {
    return named(
        FailureReason.CALLER_KEY_LIMIT,
        "There are %d keys of callers already. Revoke some.".formatted(limit),
        Map.of("limit", Integer.toString(limit)));
  }

  /**
   * @param servedBy the configuration key of the address that serves it
   */
  public static BrokerException wrongAddress(String message, String servedBy) {
    return named(FailureReason.WRONG_ADDRESS, message, Map.of("served_by", servedBy));
  }

  /**
   * @param owner the address of who answers for the account; empty if nobody is known to
   * @param epoch of the owner, or the newest known one
   * @param after when to ask again
   */
  public static BrokerException notOwner(
      AccountId account, int partition, long epoch, String owner, Duration after) {
    return retry(
        FailureReason.NOT_OWNER,
        owner.isEmpty()
            ? "No broker answers for account %s at this moment. Try again.".formatted(account)
            : "The broker at %s answers for account %s.".formatted(owner, account),
        after,
        Map.of(
            "account",
            account.value(),
            "partition",
            Integer.toString(partition),
            "epoch",
            Long.toString(epoch),
            "owner",
            owner));
  }

  /**
   * @param bound what is bounded, as a policy names it
   * @param limit as it is for this caller now
   */
  public static BrokerException clientLimit(String caller, String bound, long limit) {
    return clientLimit(caller, bound, limit, WAITERS_RETRY);
  }

  /**
   * @param after when there is room again
   */
  public static BrokerException clientLimit(
      String caller, String bound, long limit, Duration after) {
    String who = caller.isEmpty() ? "local" : caller;
    return retry(
        FailureReason.CLIENT_LIMIT,
        "%s has as many %s as it may have, %d.".formatted(who, bound.replace('_', ' '), limit),
        after,
        Map.of("caller", who, "bound", bound, "limit", Long.toString(limit)));
  }

  public static BrokerException storeReadOnly() {
    return named(
        FailureReason.STORE_READ_ONLY,
        "The tokens come from an existing table (credentials.query), which the broker only reads."
            + " Change them there.",
        Map.of());
  }

  /** The store is out of reach. */
  public static BrokerException storeUnavailable(
      String message, Duration after, @Nullable Throwable cause) {
    return new BrokerException(
        FailureReason.STORE_UNAVAILABLE, message, new Store(after, false, false), cause);
  }

  /** The store was reached, but can't do this one thing now; others may fare better. */
  public static BrokerException storeRefused(
      String message, Duration after, @Nullable Throwable cause) {
    return new BrokerException(
        FailureReason.STORE_UNAVAILABLE, message, new Store(after, true, false), cause);
  }

  /** The same failure, of a commit whose answer was lost; itself if the store is not at fault. */
  public BrokerException ofCommit() {
    return details instanceof Store store
        ? new BrokerException(
            reason,
            String.valueOf(getMessage()),
            new Store(store.after(), store.answered(), true),
            getCause())
        : this;
  }
}
