package io.tokenbroker.server.account;

import io.tokenbroker.server.lease.LeasePolicies;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Page;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import io.tokenbroker.server.store.TokenStore.Changed;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do with accounts and tokens. Thread-safe, never blocks. A change completes when it
 * is stored and this broker hands out accordingly. Futures fail with a {@link BrokerException}.
 */
public final class Accounts {
  private static final Logger log = LoggerFactory.getLogger(Accounts.class);

  /** How often a secret is in memory while it is written: read, bound, sent, kept by a driver. */
  private static final long WRITTEN_TIMES = 6;

  /** About what a token takes beside its secret. */
  private static final long TOKEN_BYTES = 500;

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final LeasePolicies policies;
  private final InstantSource clock;

  public Accounts(
      TokenStore store,
      StoreExecutor executor,
      LeasePolicies policies,
      RotationTable table,
      InstantSource clock) {
    this.store = store;
    this.executor = executor;
    this.policies = policies;
    this.table = table;
    this.clock = clock;
  }

  /**
   * @param size 1 to {@link Page#MAX_SIZE}
   */
  public CompletableFuture<Page<Account>> list(Optional<AccountId> after, int size) {
    return executor.submitList(
        () -> Page.of(describe(store.listAccounts(after, size + 1, clock.instant())), size));
  }

  public CompletableFuture<Account> get(AccountId account) {
    return executor.submit(
        () ->
            describe(store.findAccount(account, clock.instant()).stream().toList()).stream()
                .findFirst()
                .orElseThrow(() -> BrokerException.credentialsDoNotExist(account)));
  }

  private List<Account> describe(List<AccountSummary> summaries) {
    Set<AccountId> accounts =
        summaries.stream().map(AccountSummary::account).collect(Collectors.toSet());
    Map<AccountId, AccountSettings> settings = store.findSettings(accounts);
    Map<AccountId, LeasePolicy> leases = policies.find(accounts);
    return summaries.stream()
        .map(
            s ->
                describe(
                    s,
                    new AllSettings(
                        settings.getOrDefault(s.account(), AccountSettings.DEFAULT),
                        leases.getOrDefault(s.account(), LeasePolicy.DEFAULT))))
        .toList();
  }

  private Account describe(AccountSummary summary, AllSettings settings) {
    Optional<AccountState> state = table.state(summary.account(), 0);
    return new Account(
        summary.account(),
        summary.tokens(),
        // another broker's change may be in the rows already, and not yet here
        state.map(live -> Math.min(live.readyCount(), summary.ready())).orElse(summary.ready()),
        state.isPresent(),
        state.map(AccountState::turn).orElse(0L),
        settings);
  }

  /** Tells how many tokens were removed. */
  public CompletableFuture<Integer> delete(AccountId account) {
    return change(
        account,
        "account deleted",
        () -> {
          int removed = store.deleteAccount(account);
          policies.forget(account);
          if (removed == 0) {
            throw BrokerException.credentialsDoNotExist(account);
          }
          return removed;
        });
  }

  /**
   * Tells what the settings are then. The account need not have tokens. After a failure one of two
   * changes may stand: they are in two transactions, and may be repeated.
   */
  public CompletableFuture<AllSettings> updateSettings(AccountId account, AccountUpdate update) {
    return leases(account, update.leases())
        .thenCompose(
            leases ->
                limits(account, update.tokenLimits())
                    .thenApply(settings -> new AllSettings(settings, leases)));
  }

  private CompletableFuture<LeasePolicy> leases(AccountId account, @Nullable LeasePolicy policy) {
    if (policy == null) {
      return policies.load(account);
    }
    return policies
        .set(account, policy)
        .thenApply(
            saved -> {
              log.atInfo().addKeyValue("account", account).log("lease policy updated");
              return saved;
            });
  }

  private CompletableFuture<AccountSettings> limits(
      AccountId account, @Nullable TokenLimits limits) {
    if (limits == null) {
      return executor.submit(
          () -> store.findSettings(Set.of(account)).getOrDefault(account, AccountSettings.DEFAULT));
    }
    return change(
        account,
        "account updated",
        () -> store.updateSettings(account, settings -> settings.withTokenLimits(limits)));
  }

  /**
   * Loads the account: what benches a token is known only then.
   *
   * @param size 1 to {@link Page#MAX_SIZE}
   */
  public CompletableFuture<Page<TokenStatus>> listTokens(
      AccountId account, Optional<TokenId> after, int size) {
    return table
        .load(account)
        // without it, only what the rows say is known: no reason not to tell that
        .exceptionally(failure -> null)
        .thenCompose(
            loaded ->
                executor.submitList(
                    () -> {
                      List<TokenInfo> tokens = store.listTokens(account, after, size + 1);
                      if (tokens.isEmpty() && after.isEmpty()) {
                        throw BrokerException.credentialsDoNotExist(account);
                      }
                      return Page.of(describe(account, tokens), size);
                    }));
  }

  private List<TokenStatus> describe(AccountId account, List<TokenInfo> tokens) {
    Map<TokenId, TokenStatus> live =
        table.states(account, tokens.stream().map(TokenInfo::id).toList());
    return tokens.stream()
        .map(
            token -> {
              TokenStatus state = live.get(token.id());
              BenchReason reason = BenchReason.of(token.settings(), clock.instant());
              return state == null
                  ? new TokenStatus(token, reason, null, List.of(), 0, 0, false)
                  : new TokenStatus(
                      token,
                      reason == null ? state.benched() : reason,
                      reason == null ? state.readyTime() : null,
                      state.scopes(),
                      state.served(),
                      state.strikes(),
                      reason == null && state.probeDue());
            })
        .toList();
  }

  /**
   * @param tokens with different secrets
   */
  public CompletableFuture<List<AddedToken>> addTokens(AccountId account, List<NewToken> tokens) {
    long bytes = 0;
    for (NewToken token : tokens) {
      bytes += WRITTEN_TIMES * (token.secret().bytes() + TOKEN_BYTES);
    }
    return applied(
        account, "tokens added", executor.submit(bytes, () -> store.addTokens(account, tokens)));
  }

  public CompletableFuture<TokenStatus> updateToken(
      AccountId account, TokenId token, UnaryOperator<TokenSettings> change) {
    return applied(
            account,
            "token updated",
            executor.submit(() -> store.updateToken(account, token, change)))
        .thenApply(updated -> describe(account, List.of(updated)).get(0));
  }

  public CompletableFuture<Void> removeTokens(AccountId account, Set<TokenId> tokens) {
    return applied(
            account, "tokens removed", executor.submit(() -> store.removeTokens(account, tokens)))
        .thenAccept(removed -> {});
  }

  /** Reads the account from the store now; tells what there is. */
  public CompletableFuture<Account> refresh(AccountId account) {
    return table.reload(account).thenCompose(reloaded -> get(account));
  }

  private <T> CompletableFuture<T> change(AccountId account, String what, Supplier<T> write) {
    return executor
        .submit(write)
        .thenCompose(result -> handedOut(account, what, result, table::reloadIfLoaded));
  }

  private <T> CompletableFuture<T> applied(
      AccountId account, String what, CompletableFuture<Changed<T>> written) {
    return written.thenCompose(
        done ->
            handedOut(account, what, done.result(), name -> table.changed(name, done.change())));
  }

  private static <T> CompletableFuture<T> handedOut(
      AccountId account,
      String what,
      T result,
      Function<AccountId, CompletableFuture<Void>> publish) {
    log.atInfo().addKeyValue("account", account).log(what);
    return publish.apply(account).handle((done, failure) -> afterReload(result, failure));
  }

  /** That the account is gone by now is no failure; that it could not be read again is one. */
  private static <T> T afterReload(T result, @Nullable Throwable failure) {
    if (failure == null || Failures.is(FailureReason.CREDENTIALS_DO_NOT_EXIST, failure)) {
      return result;
    }
    throw BrokerException.storeUnavailable(
        "The change is stored, but is not handed out yet: it could not be read back. It will be by"
            + " the next periodic check.",
        StoreExecutor.RETRY_AFTER,
        failure);
  }
}
