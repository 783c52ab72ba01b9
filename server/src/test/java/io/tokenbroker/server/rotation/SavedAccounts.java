package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.UsageTotal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Accounts, all with the same tokens, in a store that keeps what the table has saved. */
final class SavedAccounts implements AccountLoader {
  List<Token> tokens = Fixtures.tokens(3);
  TokenLimits limits = TokenLimits.NONE;

  /** How often each was loaded. */
  final Map<AccountId, Integer> loads = new HashMap<>();

  private final Map<AccountId, Position> positions = new HashMap<>();
  private final Map<AccountId, Map<TokenId, Health>> healths = new HashMap<>();
  private final Map<AccountId, Map<TokenId, List<Usage>>> usages = new HashMap<>();

  @Override
  public CompletableFuture<AccountSnapshot> load(AccountId account) {
    loads.merge(account, 1, Integer::sum);
    return CompletableFuture.completedFuture(
        new AccountSnapshot(
            tokens,
            positions.getOrDefault(account, Position.START),
            new Fingerprint(tokens.size(), 0),
            limits,
            healths.getOrDefault(account, Map.of()),
            usages.getOrDefault(account, Map.of())));
  }

  void save(RotationTable table) {
    save(table, Bed.START);
  }

  void save(RotationTable table, Instant now) {
    Map<AccountId, Position> moved = Fixtures.moved(table);
    positions.putAll(moved);
    Map<AccountId, Map<TokenId, Health>> changed = table.unsavedHealth();
    changed.forEach(
        (account, some) -> healths.computeIfAbsent(account, any -> new HashMap<>()).putAll(some));
    Map<AccountId, Map<TokenId, List<Usage>>> used = table.unsavedUsage();
    used.forEach(
        (account, some) -> some.forEach((token, since) -> add(account, token, since, now)));
    table.saved(moved);
    table.healthSaved(changed);
    table.usageSaved(used);
  }

  private void add(AccountId account, TokenId token, List<Usage> since, Instant now) {
    usages
        .computeIfAbsent(account, any -> new HashMap<>())
        .merge(
            token,
            since,
            (before, more) -> more.isEmpty() ? more : UsageTotal.of(before, more, now));
  }
}
