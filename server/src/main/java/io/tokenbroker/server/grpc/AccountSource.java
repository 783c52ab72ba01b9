package io.tokenbroker.server.grpc;

import io.tokenbroker.server.account.Watch;
import io.tokenbroker.server.account.Watches;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.v1.WatchAccountResponse;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The states of one watched account: the first at once, then the newest whenever it has changed.
 */
final class AccountSource implements Source<WatchAccountResponse> {
  private final Watches<WatchAccountResponse> watches;
  private final AccountId account;
  private volatile @Nullable Watch<WatchAccountResponse> watch;

  AccountSource(Watches<WatchAccountResponse> watches, AccountId account) {
    this.watches = watches;
    this.account = account;
  }

  @Override
  public void open(Runnable wake) {
    watch = watches.open(account, wake);
  }

  @Override
  public AccountId account() {
    return account;
  }

  private Watch<WatchAccountResponse> watch() {
    Watch<WatchAccountResponse> open = watch;
    if (open == null) {
      throw new IllegalStateException("not open");
    }
    return open;
  }

  @Override
  public State state() {
    // a change may wake the stream before it is quite open
    Watch<WatchAccountResponse> open = watch;
    return open != null && open.hasNews() ? State.READY : State.IDLE;
  }

  @Override
  public CompletableFuture<WatchAccountResponse> next() {
    return watch().next();
  }

  @Override
  public void close() {
    Watch<WatchAccountResponse> open = watch;
    if (open != null) {
      open.close();
    }
  }
}
