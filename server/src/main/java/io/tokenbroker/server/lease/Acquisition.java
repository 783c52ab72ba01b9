package io.tokenbroker.server.lease;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.lease.LeaseAnswer.Ended;
import io.tokenbroker.server.lease.LeaseAnswer.Full;
import io.tokenbroker.server.lease.LeaseAnswer.Standing;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.lease.LeaseAnswer.Why;
import io.tokenbroker.server.lease.LeaseWriter.Written;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenKey;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rotation.Wait;
import io.tokenbroker.server.store.StoreExecutor;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to get a lease: take a token here, have the database grant it, and take the next one
 * if another broker has it. Whoever cancels the result gets no lease: one that was granted
 * meanwhile is released.
 */
final class Acquisition {
  private final Tools tools;
  private final Wanted wanted;
  private final long end;
  private Terms terms = new Terms(Duration.ZERO, 0);
  private final CompletableFuture<GrantedLease> result = new CompletableFuture<>();
  private volatile CompletableFuture<Token> holding = new CompletableFuture<>();

  /** Of the caller's leases; the tracker has it once there is one. */
  private volatile Runnable share = () -> {};

  private volatile boolean tracked;

  /**
   * @param clock for what callers are told only
   */
  record Tools(
      RotationTable table,
      LeaseWriter writer,
      LeaseTracker tracker,
      CallerLeases byCaller,
      SecureRandom random,
      LongSupplier ticker,
      InstantSource clock) {}

  /**
   * @param patience how long to wait for a token; zero fails at once
   */
  record Wanted(
      AccountId account, Scope scope, Holder holder, StreamId stream, Duration patience) {}

  /**
   * @param maxHolds how many leases a token may have
   */
  record Terms(Duration ttl, int maxHolds) {}

  private Acquisition(Tools tools, Wanted wanted) {
    this.tools = tools;
    this.wanted = wanted;
    this.end = tools.ticker.getAsLong() + nanos(wanted.patience);
  }

  static CompletableFuture<GrantedLease> start(
      Tools tools, Wanted wanted, CompletableFuture<Terms> terms) {
    Acquisition acquisition = new Acquisition(tools, wanted);
    acquisition.result.whenComplete((granted, failure) -> acquisition.holding.cancel(false));
    terms.whenComplete(acquisition::begin);
    return acquisition.result;
  }

  private void begin(@Nullable Terms given, @Nullable Throwable failure) {
    if (given == null) {
      result.completeExceptionally(cause(failure));
    } else {
      terms = given;
      try {
        share = tools.byCaller.take(wanted.holder.caller());
      } catch (BrokerException e) {
        result.completeExceptionally(e);
        return;
      }
      result.whenComplete(
          (granted, problem) -> {
            if (!tracked) {
              share.run();
            }
          });
      hold();
    }
  }

  private void hold() {
    Duration patience =
        wanted.patience.isZero()
            ? Duration.ZERO
            : Duration.ofNanos(Math.max(0, end - tools.ticker.getAsLong()));
    CompletableFuture<Token> held =
        tools.table.hold(
            wanted.account,
            wanted.scope,
            terms.maxHolds,
            Wait.of(patience, wanted.holder.caller()));
    holding = held;
    if (result.isDone()) {
      held.cancel(false);
    }
    held.whenComplete(this::held);
  }

  private void held(@Nullable Token token, @Nullable Throwable failure) {
    if (token == null) {
      result.completeExceptionally(cause(failure));
      return;
    }
    if (result.isDone()) {
      giveBack(token);
      return;
    }
    LeaseId id =
        LeaseId.random(
            TokenKey.of(wanted.account, token.id()),
            tools.random,
            wanted.holder.caller(),
            Partitions.of(wanted.account.value()));
    tools
        .writer
        .write(
            new LeaseOp.Grant(
                id,
                wanted.account,
                token.id(),
                wanted.scope,
                wanted.holder,
                terms.ttl,
                wanted.stream))
        .whenComplete((written, problem) -> written(token, written, problem));
  }

  private void written(Token token, @Nullable Written written, @Nullable Throwable failure) {
    if (written == null) {
      // if it may stand all the same, the writer ends it
      giveBack(token);
      result.completeExceptionally(cause(failure));
      return;
    }
    LeaseAnswer answer = written.get();
    if (answer instanceof Standing standing) {
      granted(token, standing, written);
    } else if (answer instanceof Taken taken) {
      tools.tracker.taken(
          wanted.account,
          token.id(),
          terms.maxHolds,
          taken,
          written.done(),
          tools.clock.instant().plus(taken.left()));
      // the tracker has told the rotation: it will be another token, or none; and its turn is over,
      // so that no more than a round of them is asked for whatever the rotation makes of that
      tools.table.unhold(wanted.account, token.id());
      hold();
    } else if (answer.isGone(Why.TAKEN_OVER)) {
      giveBack(token);
      result.completeExceptionally(BrokerException.leasesTakenOver(wanted.account));
    } else {
      giveBack(token);
      result.completeExceptionally(
          answer instanceof Full full
              ? BrokerException.leaseLimit(
                  wanted.account, wanted.holder, full.limit(), full.ofHolder())
              : new IllegalStateException("not an answer to a grant: " + answer));
    }
  }

  private void granted(Token token, Standing standing, Written written) {
    long sureUntil = written.begun() + terms.ttl.toNanos();
    tracked = true;
    tools.tracker.granted(
        standing.lease(), standing.place(), standing.left(), written.done(), share);
    boolean tooLate = sureUntil - tools.ticker.getAsLong() <= 0;
    boolean given =
        tooLate
            ? result.completeExceptionally(
                BrokerException.storeUnavailable(
                    "The database took longer than the lease would last. Try again.",
                    StoreExecutor.RETRY_AFTER,
                    null))
            : result.complete(
                new GrantedLease(standing.lease(), token, written.begun(), sureUntil));
    if (tooLate || !given) {
      giveBack(standing.lease());
    }
  }

  /** Unless the holder has it from a later stream. */
  private void giveBack(Lease lease) {
    tools
        .writer
        .write(new LeaseOp.Release(lease.id(), lease.fencingNumber(), wanted.stream))
        .whenComplete(
            (released, problem) -> {
              if (released != null && released.get() instanceof Ended) {
                tools.tracker.ended(lease);
              }
            });
  }

  private void giveBack(Token token) {
    tools.table.giveBack(wanted.account, wanted.scope, token.id());
  }

  private static Throwable cause(@Nullable Throwable failure) {
    return failure == null ? new IllegalStateException() : Failures.cause(failure);
  }

  private static long nanos(Duration patience) {
    // 100 years, as a long of nanoseconds has 292
    Duration most = Duration.ofDays(36_500);
    return (patience.compareTo(most) > 0 ? most : patience).toNanos();
  }
}
