package io.tokenbroker.server.account;

import io.tokenbroker.server.account.WatchedAccount.State;
import io.tokenbroker.server.model.BrokerException;
import java.util.concurrent.CompletableFuture;

/**
 * One watcher of an account. It is only told that there is something new, and takes the newest
 * state when it can use it, so that a slow one costs no memory. Used by one thread at a time.
 */
public final class Watch<M> {
  private final WatchedAccount<M> account;
  private final CompletableFuture<Void> loaded;
  private final Runnable wake;

  /** The version that it has had; -1 before the first. */
  private volatile long seen = -1;

  Watch(WatchedAccount<M> account, CompletableFuture<Void> loaded, Runnable wake) {
    this.account = account;
    this.loaded = loaded;
    this.wake = wake;
  }

  /** Whether {@link #next} has what this watcher has not had. Thread-safe. */
  public boolean hasNews() {
    return seen < account.newest().version();
  }

  /** Whether it has to be woken; who waits for the first state is not. */
  boolean isBehind() {
    return seen >= 0 && hasNews();
  }

  /**
   * The newest state. The first is no older than the call; it fails with a {@link BrokerException}
   * if the account can't be loaded, and a later one if the account is gone.
   */
  public CompletableFuture<M> next() {
    if (seen < 0) {
      return loaded.thenCompose(done -> account.fresh()).thenCompose(this::see);
    }
    return see(account.newest());
  }

  private CompletableFuture<M> see(State<M> state) {
    seen = state.version();
    return state.message();
  }

  void wake() {
    wake.run();
  }

  /** Ends the watch. */
  public void close() {
    account.remove(this);
  }
}
