package io.tokenbroker.server.account;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.store.FewAtOnce;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads accounts from the store. One is read at once while a reader is free; those that are asked
 * for while all are busy are read together, which costs little more than reading one. Thread-safe,
 * never blocks.
 */
public final class AccountReads {
  private final TokenStore store;
  private final StoreExecutor executor;
  private final FewAtOnce readers;
  private final FewAtOnce bigReaders;

  private final int maxWaiting;

  /** Nothing is called under its lock. */
  private final ArrayDeque<Read> waiting = new ArrayDeque<>();

  /** How many times a reader has been asked for and has not begun: enough for all that wait. */
  @GuardedBy("waiting")
  private int asked;

  /**
   * @param readers how many of the executor's threads at the most, from 1
   * @param maxWaiting how many accounts may wait for a reader
   */
  public AccountReads(TokenStore store, StoreExecutor executor, int readers, int maxWaiting) {
    this.store = store;
    this.executor = executor;
    this.maxWaiting = maxWaiting;
    this.readers = new FewAtOnce(readers, maxWaiting, AccountReads::overloaded);
    this.bigReaders = new FewAtOnce(Math.max(1, readers / 2), maxWaiting, AccountReads::overloaded);
  }

  private static BrokerException overloaded() {
    return BrokerException.storeUnavailable(
        "The database is overloaded. Try again.", StoreExecutor.RETRY_AFTER, null);
  }

  private record Read(AccountId account, CompletableFuture<AccountSnapshot> result) {
    Read(AccountId account) {
      this(account, new CompletableFuture<>());
    }
  }

  /** Fails as {@link StoreExecutor#submit} does. */
  CompletableFuture<AccountSnapshot> read(AccountId account) {
    Read read = new Read(account);
    synchronized (waiting) {
      if (waiting.size() >= maxWaiting) {
        return CompletableFuture.failedFuture(overloaded());
      }
      waiting.add(read);
      if (waiting.size() <= asked * TokenStore.MAX_LOADED) {
        return read.result;
      }
      asked++;
    }
    CompletableFuture<?> unused =
        readers
            .submit(this::readNext)
            .whenComplete(
                (done, refusal) -> {
                  if (refusal != null) {
                    // there was no room for the reader that they wait for
                    fail(begun(), refusal);
                  }
                });
    return read.result;
  }

  /**
   * One that is loaded, and so big that it is not read with others. These take half of the readers
   * at the most: a check that finds many changed must not keep first requests waiting.
   */
  CompletableFuture<AccountSnapshot> readAgain(AccountId account, KnownTokens known) {
    return bigReaders.submit(
        () -> readers.submit(() -> executor.submit(() -> store.reload(account, known))));
  }

  /** Reads those that wait, as many as go together; nothing if they have failed meanwhile. */
  private CompletableFuture<@Nullable Void> readNext() {
    List<Read> reads = begun();
    if (reads.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return executor
        .submit(
            () -> {
              read(reads);
              return reads;
            })
        .handle(
            (done, failure) -> {
              if (failure != null) {
                fail(reads, failure);
              }
              return null;
            });
  }

  private List<Read> begun() {
    synchronized (waiting) {
      asked--;
      return take(TokenStore.MAX_LOADED);
    }
  }

  private void fail(List<Read> reads, Throwable failure) {
    // those that have been read have their result
    reads.forEach(read -> read.result.completeExceptionally(failure));
    if (Failures.is(FailureReason.SHUTTING_DOWN, failure)) {
      List<Read> others;
      synchronized (waiting) {
        others = take(Integer.MAX_VALUE);
      }
      others.forEach(read -> read.result.completeExceptionally(failure));
    }
  }

  @GuardedBy("waiting")
  private List<Read> take(int limit) {
    List<Read> taken = new ArrayList<>();
    while (!waiting.isEmpty() && taken.size() < limit) {
      taken.add(waiting.remove());
    }
    return taken;
  }

  private void read(List<Read> reads) {
    Optional<Map<AccountId, AccountSnapshot>> all =
        reads.size() > 1 ? together(reads) : Optional.empty();
    RuntimeException refused = null;
    for (Read read : reads) {
      try {
        AccountSnapshot together = all.map(found -> found.get(read.account)).orElse(null);
        read.result.complete(together == null ? store.load(read.account) : together);
      } catch (RuntimeException e) {
        throwOutage(e);
        read.result.completeExceptionally(e);
        refused = Failures.is(FailureReason.STORE_UNAVAILABLE, e) ? e : refused;
      }
    }
    if (refused != null) {
      // all have their result; the executor's log is to tell of it
      throw refused;
    }
  }

  /** What one account fails with is not to be the others'; an outage is everybody's. */
  private static void throwOutage(RuntimeException failure) {
    if (failure instanceof BrokerException known && known.isOutage()) {
      throw known;
    }
  }

  /** Empty if they have to be read one by one. */
  private Optional<Map<AccountId, AccountSnapshot>> together(List<Read> reads) {
    try {
      return store.loadAll(reads.stream().map(Read::account).collect(Collectors.toSet()));
    } catch (RuntimeException e) {
      throwOutage(e);
      return Optional.empty();
    }
  }
}
