package io.tokenbroker.server.broker;

import io.tokenbroker.server.rotation.Elsewhere;
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

/**
 * The tokens, as leases need them: see RotationTable, which has them. Thread-safe, never blocks.
 */
public interface LeasableTokens {
  /** Loads the account if need be, and takes the next token that may be leased. */
  CompletableFuture<Token> hold(
      AccountId account, Scope scope, int maxHolds, Set<TokenId> except, Duration patience);

  /** Gives a token back that {@link #hold} took. */
  void unhold(AccountId account, TokenId token);

  /** Tells when a token that is held here will be back unless its lease is renewed. */
  void heldUntil(AccountId account, TokenId token, Instant time);

  /** Tells what is leased of a token without a hold here; null: nothing. */
  void leasedElsewhere(AccountId account, TokenId token, @Nullable Elsewhere leased);

  /** Loads the account if need be, and finds a token whatever benches it. */
  CompletableFuture<Optional<Token>> find(AccountId account, TokenId token);

  /** The accounts that are loaded. */
  Set<AccountId> loaded();
}
