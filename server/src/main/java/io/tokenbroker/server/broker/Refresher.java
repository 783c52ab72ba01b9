package io.tokenbroker.server.broker;

import io.tokenbroker.server.failure.CredentialsDoNotExistException;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees what was changed in the store behind the broker's back: one query tells the fingerprints of
 * all loaded accounts, and those that differ are reloaded.
 */
public final class Refresher {
  private static final Logger log = LoggerFactory.getLogger(Refresher.class);

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final Trouble trouble =
      new Trouble(log, "changed accounts not seen", "changed accounts seen again");

  public Refresher(TokenStore store, StoreExecutor executor, RotationTable table) {
    this.store = store;
    this.executor = executor;
    this.table = table;
  }

  /** Completes, never with a failure, when the reloads are done. */
  public CompletableFuture<Void> refresh() {
    Map<AccountId, Fingerprint> known = table.fingerprints();
    if (known.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return executor
        .submit(() -> store.fingerprints(known.keySet()))
        .thenCompose(present -> reload(known, present))
        .handle(
            (all, failure) -> {
              if (failure != null) {
                trouble.failed(failure);
              } else if (all) {
                trouble.succeeded();
              }
              return null;
            });
  }

  /** One after the other: callers that wait for a first load must not queue behind thousands. */
  private CompletableFuture<Boolean> reload(
      Map<AccountId, Fingerprint> known, Map<AccountId, Fingerprint> present) {
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
    for (Map.Entry<AccountId, Fingerprint> entry : known.entrySet()) {
      AccountId account = entry.getKey();
      if (!entry.getValue().equals(present.getOrDefault(account, Fingerprint.NONE))) {
        log.atInfo().addKeyValue("account", account).log("account changed in the store");
        all =
            all.thenCompose(
                ok -> table.reload(account).handle((done, failure) -> isSeen(failure) && ok));
      }
    }
    return all;
  }

  private boolean isSeen(@Nullable Throwable failure) {
    if (failure == null || Failures.cause(failure) instanceof CredentialsDoNotExistException) {
      return true;
    }
    trouble.failed(failure);
    return false;
  }
}
