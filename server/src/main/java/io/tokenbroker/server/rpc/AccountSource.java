package io.tokenbroker.server.rpc;

import io.tokenbroker.server.broker.Watches;
import io.tokenbroker.server.failure.CredentialsDoNotExistException;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.v1.WatchAccountResponse;
import java.util.concurrent.CompletableFuture;

/**
 * The states of one watched account: the first at once, then the newest whenever it has changed.
 */
final class AccountSource implements Source<WatchAccountResponse> {
  private final Watches watches;
  private final AccountId account;
  private volatile boolean changed = true;
  private Runnable watcher = () -> {};
  private CompletableFuture<Void> loaded = CompletableFuture.completedFuture(null);

  AccountSource(Watches watches, AccountId account) {
    this.watches = watches;
    this.account = account;
  }

  @Override
  public void open(Runnable wake) {
    watcher =
        () -> {
          changed = true;
          wake.run();
        };
    loaded = watches.open(account, watcher);
  }

  @Override
  public State state() {
    return changed ? State.READY : State.IDLE;
  }

  @Override
  public CompletableFuture<WatchAccountResponse> next() {
    return loaded.thenApply(
        done -> {
          // cleared before the state is taken: a change in between makes another message
          changed = false;
          return watches
              .state(account)
              .map(s -> WatchAccountResponse.newBuilder().setState(Messages.state(s)).build())
              .orElseThrow(() -> new CredentialsDoNotExistException(account));
        });
  }

  @Override
  public void close() {
    watches.close(account, watcher);
  }
}
