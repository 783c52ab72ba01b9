package io.tokenbroker.server.broker;

import io.tokenbroker.server.rotation.Elsewhere;
import io.tokenbroker.server.rotation.Held;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.rotation.Wait;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The tokens of the rotation table. */
public final class RotationTokens implements LeasableTokens {
  private final RotationTable table;

  public RotationTokens(RotationTable table) {
    this.table = table;
  }

  @Override
  public CompletableFuture<Token> hold(
      AccountId account, Scope scope, int maxHolds, Set<TokenId> except, Duration patience) {
    CompletableFuture<Held> held = table.hold(account, scope, maxHolds, except, new Wait(patience));
    CompletableFuture<Token> token = new CompletableFuture<>();
    token.whenComplete((found, failure) -> held.cancel(false));
    held.whenComplete(
        (hold, failure) -> {
          if (hold == null) {
            token.completeExceptionally(failure == null ? new IllegalStateException() : failure);
          } else if (!token.complete(hold.token())) {
            // cancelled meanwhile
            table.unhold(account, hold.token().id());
          }
        });
    return token;
  }

  @Override
  public void unhold(AccountId account, TokenId token) {
    table.unhold(account, token);
  }

  @Override
  public void heldUntil(AccountId account, TokenId token, Instant time) {
    table.heldUntil(account, token, time);
  }

  @Override
  public void leasedElsewhere(AccountId account, TokenId token, @Nullable Elsewhere leased) {
    table.leasedElsewhere(account, token, leased);
  }

  @Override
  public CompletableFuture<Optional<Token>> find(AccountId account, TokenId token) {
    return table.load(account).thenApply(loaded -> table.find(account, token));
  }

  @Override
  public Set<AccountId> loaded() {
    return table.fingerprints().keySet();
  }
}
