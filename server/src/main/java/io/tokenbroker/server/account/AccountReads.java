package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.ShuttingDownException;
import io.tokenbroker.server.model.StoreUnavailableException;
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
  private final int readers;
  private final int maxWaiting;

  /** Guarded by this object, as is the next one; nothing is called under its lock. */
  private final ArrayDeque<Read> waiting = new ArrayDeque<>();

  private int running;

  /**
   * @param readers how many of the executor's threads at the most, from 1
   * @param maxWaiting how many accounts may wait for a reader
   */
  public AccountReads(TokenStore store, StoreExecutor executor, int readers, int maxWaiting) {
    this.store = store;
    this.executor = executor;
    this.readers = readers;
    this.maxWaiting = maxWaiting;
  }

  private record Read(AccountId account, CompletableFuture<AccountSnapshot> result) {
    Read(AccountId account) {
      this(account, new CompletableFuture<>());
    }
  }

  /** Fails as {@link StoreExecutor#submit} does. */
  CompletableFuture<AccountSnapshot> read(AccountId account) {
    Read read = new Read(account);
    synchronized (this) {
      if (running == readers) {
        if (waiting.size() >= maxWaiting) {
          return CompletableFuture.failedFuture(
              new StoreUnavailableException(
                  "The database is overloaded. Try again.", StoreExecutor.RETRY_AFTER, null));
        }
        waiting.add(read);
        return read.result;
      }
      running++;
    }
    proceed(List.of(read));
    return read.result;
  }

  /** One that is loaded, and so big that it is not read with others. */
  CompletableFuture<AccountSnapshot> readAgain(AccountId account, KnownTokens known) {
    return executor.submit(() -> store.reload(account, known));
  }

  /** A loop for what fails at once: thousands that wait must not be as deep a stack. */
  private void proceed(List<Read> first) {
    for (List<Read> reads = first; !reads.isEmpty(); reads = next()) {
      List<Read> these = reads;
      CompletableFuture<?> end =
          executor
              .submit(
                  () -> {
                    read(these);
                    return these;
                  })
              .whenComplete((done, failure) -> fail(these, failure));
      if (!end.isDone()) {
        // behind what else waits for the store by then
        end.whenComplete((done, failure) -> proceed(next()));
        return;
      }
    }
  }

  private void fail(List<Read> reads, @Nullable Throwable failure) {
    if (failure == null) {
      return;
    }
    // those that have been read have their result
    reads.forEach(read -> read.result.completeExceptionally(failure));
    if (failure instanceof ShuttingDownException) {
      take(Integer.MAX_VALUE).forEach(read -> read.result.completeExceptionally(failure));
    }
  }

  /** Those that are read next; none if a reader is to rest. */
  private synchronized List<Read> next() {
    List<Read> next = take(TokenStore.MAX_LOADED);
    running -= next.isEmpty() ? 1 : 0;
    return next;
  }

  private synchronized List<Read> take(int limit) {
    List<Read> taken = new ArrayList<>();
    while (!waiting.isEmpty() && taken.size() < limit) {
      taken.add(waiting.remove());
    }
    return taken;
  }

  private void read(List<Read> reads) {
    Optional<Map<AccountId, AccountSnapshot>> all =
        reads.size() > 1 ? together(reads) : Optional.empty();
    StoreUnavailableException refused = null;
    for (Read read : reads) {
      try {
        AccountSnapshot together = all.map(found -> found.get(read.account)).orElse(null);
        read.result.complete(together == null ? store.load(read.account) : together);
      } catch (RuntimeException e) {
        throwOutage(e);
        read.result.completeExceptionally(e);
        refused = e instanceof StoreUnavailableException store ? store : refused;
      }
    }
    if (refused != null) {
      // all have their result; the executor's log is to tell of it
      throw refused;
    }
  }

  /** What one account fails with is not to be the others'; an outage is everybody's. */
  private static void throwOutage(RuntimeException failure) {
    if (failure instanceof StoreUnavailableException store && !store.answered()) {
      throw store;
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
