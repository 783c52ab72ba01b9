package io.tokenbroker.server.broker;

import io.tokenbroker.server.failure.BrokerException;
import io.tokenbroker.server.failure.CredentialsDoNotExistException;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountState;
import io.tokenbroker.server.token.AddedToken;
import io.tokenbroker.server.token.NewToken;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenInfo;
import io.tokenbroker.server.token.TokenSettings;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do with accounts and tokens. Thread-safe, never blocks. A change completes when it
 * is stored and this broker hands out accordingly. Futures fail with a {@link BrokerException}.
 */
public final class Accounts {
  private static final Logger log = LoggerFactory.getLogger(Accounts.class);

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final InstantSource clock;

  public Accounts(
      TokenStore store, StoreExecutor executor, RotationTable table, InstantSource clock) {
    this.store = store;
    this.executor = executor;
    this.table = table;
    this.clock = clock;
  }

  /**
   * @param size 1 to {@link Page#MAX_SIZE}
   */
  public CompletableFuture<Page<Account>> list(Optional<AccountId> after, int size) {
    return executor.submit(
        () ->
            Page.of(
                store.listAccounts(after, size + 1, clock.instant()).stream()
                    .map(this::describe)
                    .toList(),
                size));
  }

  public CompletableFuture<Account> get(AccountId account) {
    return executor.submit(
        () ->
            store
                .findAccount(account, clock.instant())
                .map(this::describe)
                .orElseThrow(() -> new CredentialsDoNotExistException(account)));
  }

  private Account describe(AccountSummary summary) {
    Optional<AccountState> state = table.state(summary.account(), 0);
    return new Account(
        summary.account(),
        summary.tokens(),
        summary.ready(),
        state.isPresent(),
        state.map(AccountState::turn).orElse(0L));
  }

  /** Tells how many tokens were removed. */
  public CompletableFuture<Integer> delete(AccountId account) {
    return change(
        account,
        "account deleted",
        () -> {
          int removed = store.deleteAccount(account);
          if (removed == 0) {
            throw new CredentialsDoNotExistException(account);
          }
          return removed;
        });
  }

  /**
   * @param size 1 to {@link Page#MAX_SIZE}
   */
  public CompletableFuture<Page<TokenInfo>> listTokens(
      AccountId account, Optional<TokenId> after, int size) {
    return executor.submit(
        () -> {
          List<TokenInfo> tokens = store.listTokens(account, after, size + 1);
          if (tokens.isEmpty() && after.isEmpty()) {
            throw new CredentialsDoNotExistException(account);
          }
          return Page.of(tokens, size);
        });
  }

  /**
   * @param tokens with different secrets
   */
  public CompletableFuture<List<AddedToken>> addTokens(AccountId account, List<NewToken> tokens) {
    return change(account, "tokens added", () -> store.addTokens(account, tokens));
  }

  public CompletableFuture<TokenInfo> updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change) {
    return change(account, "token updated", () -> store.updateToken(account, token, change));
  }

  public CompletableFuture<Void> removeTokens(AccountId account, Set<TokenId> tokens) {
    return change(
            account,
            "tokens removed",
            () -> {
              store.removeTokens(account, tokens);
              return tokens.size();
            })
        .thenAccept(removed -> {});
  }

  /** Reads the account from the store now; tells what there is. */
  public CompletableFuture<Account> refresh(AccountId account) {
    return table.reload(account).thenCompose(reloaded -> get(account));
  }

  private <T> CompletableFuture<T> change(AccountId account, String what, Supplier<T> write) {
    return executor
        .submit(write)
        .thenCompose(
            result -> {
              log.atInfo().addKeyValue("account", account).log(what);
              return table
                  .reloadIfLoaded(account)
                  .handle((done, failure) -> result(result, failure));
            });
  }

  /**
   * The change is stored: that the account is gone now, or can't be reloaded yet, is no failure.
   */
  private static <T> T result(T result, @Nullable Throwable failure) {
    if (failure != null && !(Failures.cause(failure) instanceof CredentialsDoNotExistException)) {
      log.warn("account not reloaded after a change; the periodic check will do it", failure);
    }
    return result;
  }
}
