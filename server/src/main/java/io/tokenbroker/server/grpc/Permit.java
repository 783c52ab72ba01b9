package io.tokenbroker.server.grpc;

import io.tokenbroker.server.account.Turns;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a call was let in by: its request is held against it, and it is looked at again while a
 * stream lasts, and before what was waited for is handed out. Thread-safe.
 */
final class Permit {
  private final Authenticator.Peer peer;
  private final @Nullable String authorization;
  private final Caller caller;
  private final Access access;
  private final MethodRule rule;
  private final boolean lasts;
  private final CallerBounds bounds;
  private final OpenWaits waits;
  private volatile @Nullable Object read;

  /** Of the tokens that it may have. */
  private volatile Labels labels = Labels.ALL;

  /**
   * @param lasts whether it is to be looked at again
   */
  Permit(
      Authenticator.Peer peer,
      @Nullable String authorization,
      Caller caller,
      Access access,
      MethodRule rule,
      boolean lasts,
      CallerBounds bounds,
      OpenWaits waits) {
    this.peer = peer;
    this.authorization = authorization;
    this.caller = caller;
    this.access = access;
    this.rule = rule;
    this.lasts = lasts;
    this.bounds = bounds;
    this.waits = waits;
  }

  /** Fails if the caller has as many streams as it may have. */
  void openStream() {
    bounds.openStream(caller);
  }

  void closeStream() {
    bounds.closeStream(caller);
  }

  /** Whether a stream may make turns; if not, {@code wake} is called when it may. */
  boolean isRateOpen(Runnable wake) {
    return bounds.isOpen(caller, wake);
  }

  void madeTurns(int count) {
    bounds.madeTurns(caller, count);
  }

  /**
   * Has a call that waits ended when its caller may no more have what it waits for.
   *
   * @param answer whose cancellation gives up the place
   */
  OpenWaits.OpenWait await(CompletableFuture<?> answer) {
    if (!isWait(read)) {
      return waits.open(this, answer, () -> {});
    }
    try {
      bounds.startWait(caller);
    } catch (BrokerException e) {
      OpenWaits.OpenWait refused = waits.open(this, answer, () -> {});
      refused.refuse(e);
      return refused;
    }
    return waits.open(this, answer, () -> bounds.endWait(caller));
  }

  /** Whether a request asks to wait for a token. */
  static boolean isWait(@Nullable Object request) {
    return (request instanceof NextTokenRequest one && one.getWait())
        || (request instanceof NextTokensRequest several && several.getWait())
        || (request instanceof AcquireLeaseRequest lease && lease.getWait());
  }

  /** What is in the way of a request; null if nothing is. */
  @Nullable BrokerException check(Object request) {
    if (lasts) {
      read = request;
    }
    try {
      Labels some = rule.admit(access, caller, request);
      if (some != Labels.ALL) {
        labels = some;
      }
    } catch (BrokerException e) {
      return e;
    }
    return overRate(request);
  }

  /** The tokens that were let through, of what a request names. */
  static Scope confine(@Nullable Permit permit, Scope scope) {
    return permit == null ? scope : scope.confinedTo(permit.labels);
  }

  private @Nullable BrokerException overRate(Object request) {
    int turns =
        request instanceof NextTokenRequest
            ? 1
            : request instanceof NextTokensRequest several ? several.getCount() : 0;
    try {
      if (turns > 0) {
        bounds.takeTurns(caller, Math.min(turns, Turns.MAX_COUNT));
      }
      return null;
    } catch (BrokerException e) {
      return e;
    }
  }

  /** What is in the way by now; null if nothing is. */
  @Nullable BrokerException checkAgain() {
    Object request = read;
    if (request == null) {
      return null;
    }
    try {
      Caller now = peer.caller(authorization);
      return rule.admit(access, now, request).equals(labels)
          ? null
          : BrokerException.permissionDenied(now.name(), "the tokens that it began with");
    } catch (BrokerException e) {
      return e;
    }
  }
}
