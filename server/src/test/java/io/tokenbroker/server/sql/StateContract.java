package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import io.tokenbroker.server.store.TokenStates;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Limits, settings of accounts, and what outlives the process of tokens' states. */
abstract class StateContract extends StoreContract {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Cooldown LONG =
      new Cooldown(3, Instant.parse("2026-01-02T00:00:00.123456789Z"), true);
  private static final Quarantine QUARANTINE =
      new Quarantine(NOW, Duration.ofMinutes(4), NOW.plusSeconds(120), 17);
  private static final Health POOR =
      new Health(
          2,
          Map.of(Scope.ALL, LONG, new Scope("a model 😀, 2"), new Cooldown(1, NOW.plusMillis(1))),
          QUARANTINE);
  private static final TokenLimits LIMITS =
      new TokenLimits(
          List.of(
              new RateLimit(10, Duration.ofMillis(1_500)),
              new RateLimit(1_000_000_000, Duration.ofDays(31))),
          List.of(
              new Quota(1, Period.DAY, ZoneOffset.UTC, LocalTime.MIDNIGHT, 1),
              new Quota(
                  1_000_000_000_000L,
                  Period.MONTH,
                  ZoneId.of("Europe/Berlin"),
                  LocalTime.of(23, 59),
                  31)),
          7,
          99);
  private static final List<Usage> USED =
      List.of(
          new Usage("rate:PT1H", List.of(new Charge(NOW.minusSeconds(600), 3), new Charge(NOW, 1))),
          new Usage("quota:DAY:Europe/Berlin:00:00:1", List.of(new Charge(NOW, 12))));

  private void save(AccountId account, Map<TokenId, Health> health) {
    store.saveStates(Map.of(account, new TokenStates(health, Map.of())), NOW, Epochs.ALL);
  }

  private void saveUsage(AccountId account, Map<TokenId, List<Usage>> usage) {
    store.saveStates(Map.of(account, new TokenStates(Map.of(), usage)), NOW, Epochs.ALL);
  }

  private int rows(String account) {
    return byHand("update token_state set token_id = token_id where account = '" + account + "'");
  }

  @Test
  void aFirstLoadIsOneQueryWhateverThereIs() {
    AccountId account = new AccountId("one query");
    List<TokenId> ids = add(account, "a", "b");
    Position position =
        new Position(
            7,
            List.of(
                new Mark(1, ids.get(0), 0.5),
                new Mark(new Scope("s"), 1, ids.get(1), (1L << 36) - 1 / 3.0)));
    store.savePositions(Map.of(account, position), Epochs.ALL);
    save(account, Map.of(ids.get(0), POOR));
    saveUsage(account, Map.of(ids.get(0), USED, ids.get(1), USED));
    store.updateTokenLimits(account, any -> LIMITS);
    statements.set(0);

    AccountSnapshot loaded = store.load(account);

    assertThat(statements).hasValue(1);
    assertThat(secrets(loaded)).containsExactly("a", "b");
    assertThat(loaded.position().turn()).isEqualTo(7);
    assertThat(loaded.position().marks()).containsExactlyInAnyOrderElementsOf(position.marks());
    assertThat(loaded.limits()).isEqualTo(LIMITS);
    assertThat(loaded.health()).isEqualTo(Map.of(ids.get(0), POOR));
    assertThat(loaded.usage()).isEqualTo(Map.of(ids.get(0), USED, ids.get(1), USED));
  }

  @Test
  void keepsTheLimitsOfTokens() {
    AccountId account = new AccountId("limits");
    TokenSettings limited = TokenSettings.DEFAULT.withLimits(LIMITS);
    store.addTokens(account, List.of(new NewToken(new Secret("a"), limited), token("b")));

    List<Token> tokens = store.load(account).tokens();
    assertThat(tokens.get(0).settings()).isEqualTo(limited);
    assertThat(tokens.get(1).settings().limits()).isNull();
    assertThat(store.listTokens(account, Optional.empty(), 9).get(0).settings()).isEqualTo(limited);
    assertThat(
            store
                .updateToken(account, tokens.get(1).id(), s -> s.withLimits(TokenLimits.NONE))
                .result()
                .settings()
                .limits())
        .isEqualTo(TokenLimits.NONE);
    assertThat(
            store
                .updateToken(account, tokens.get(0).id(), s -> s.withLimits(null))
                .result()
                .settings())
        .isEqualTo(TokenSettings.DEFAULT);
  }

  @Test
  void savesOverWhatWasSaved() {
    AccountId account = new AccountId("over");
    List<TokenId> ids = add(account, "a", "b");
    save(account, Map.of(ids.get(0), POOR, ids.get(1), POOR));
    saveUsage(account, Map.of(ids.get(1), USED));
    Health limited = new Health(0, Map.of(Scope.ALL, LONG), null);

    save(account, Map.of(ids.get(0), limited, ids.get(1), Health.GOOD));

    AccountSnapshot loaded = store.load(account);
    assertThat(loaded.health()).isEqualTo(Map.of(ids.get(0), limited));
    assertThat(loaded.usage()).isEqualTo(Map.of(ids.get(1), USED));
    saveUsage(account, Map.of(ids.get(1), List.of()));
    assertThat(store.load(account).usage()).isEmpty();
  }

  @Test
  void whatTwoBrokersUsedAddsUp() {
    AccountId account = new AccountId("adds up");
    TokenId id = add(account, "a").get(0);
    saveUsage(account, Map.of(id, USED));
    saveUsage(
        account,
        Map.of(
            id,
            List.of(
                new Usage("rate:PT1H", List.of(new Charge(NOW.minusSeconds(1_200), 5))),
                new Usage("quota:DAY:Europe/Berlin:00:00:1", List.of(new Charge(NOW, 30))),
                new Usage("budget", List.of(new Charge(NOW.plusSeconds(60), 7))))));

    assertThat(store.load(account).usage().getOrDefault(id, List.of()))
        .containsExactlyInAnyOrder(
            new Usage(
                "rate:PT1H",
                List.of(
                    new Charge(NOW.minusSeconds(1_200), 5),
                    new Charge(NOW.minusSeconds(600), 3),
                    new Charge(NOW, 1))),
            new Usage("quota:DAY:Europe/Berlin:00:00:1", List.of(new Charge(NOW, 42))),
            new Usage("budget", List.of(new Charge(NOW.plusSeconds(60), 7))));
  }

  @Test
  void brokersThatSaveTheSameTogetherLoseNothing() throws Exception {
    AccountId account = new AccountId("together");
    TokenId id = add(account, "a").get(0);
    int savers = 4;
    int each = 25;
    ExecutorService threads = Executors.newFixedThreadPool(savers);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < savers; i++) {
        all.add(
            threads.submit(
                () -> {
                  for (int n = 0; n < each; n++) {
                    saveUsage(
                        account,
                        Map.of(id, List.of(new Usage("quota:q", List.of(new Charge(NOW, 1))))));
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(store.load(account).usage())
        .containsEntry(
            id, List.of(new Usage("quota:q", List.of(new Charge(NOW, (long) savers * each)))));
  }

  @Test
  void statesAreNoChangeForThePeriodicCheckAndLimitsAre() {
    AccountId account = new AccountId("noticed");
    TokenId id = add(account, "a").get(0);
    Fingerprint first = store.load(account).fingerprint();

    save(account, Map.of(id, POOR));
    saveUsage(account, Map.of(id, USED));
    assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, first));

    store.updateToken(account, id, settings -> settings.withLimits(LIMITS));
    Fingerprint second = store.load(account).fingerprint();
    assertThat(second).isNotEqualTo(first);
    assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, second));

    store.updateTokenLimits(account, any -> LIMITS);
    Fingerprint third = store.load(account).fingerprint();
    assertThat(third).isNotEqualTo(second);
    statements.set(0);
    assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, third));
    assertThat(statements).hasValue(1);

    assertThat(
            byHand(
                "update account_settings set token_limits = 'rate 5 PT1S\n\n concurrent  2'"
                    + " where account = 'noticed'"))
        .isEqualTo(1);
    AccountSnapshot byHand = store.load(account);
    assertThat(byHand.fingerprint()).isNotEqualTo(third);
    assertThat(byHand.limits())
        .isEqualTo(
            new TokenLimits(List.of(new RateLimit(5, Duration.ofSeconds(1))), List.of(), 2, 0));
  }

  @Test
  void settingsNeedNoTokensAndGoWithTheAccount() {
    AccountId account = new AccountId("settings");
    TokenLimits limited = LIMITS;
    assertThat(store.updateTokenLimits(account, settings -> limited)).isEqualTo(limited);
    assertThat(store.deleteAccount(account)).isZero();
    assertThat(store.load(account).tokens()).isEmpty();
    add(account, "a");
    assertThat(store.load(account).limits()).isEqualTo(LIMITS);
    assertThat(store.findTokenLimits(Set.of(account, new AccountId("other"))))
        .isEqualTo(Map.of(account, limited));
    assertThat(store.deleteAccount(account)).isEqualTo(1);
    assertThat(store.findTokenLimits(Set.of(account))).isEmpty();
  }

  @Test
  void stateGoesWithItsToken() {
    AccountId account = new AccountId("gone");
    List<TokenId> ids = add(account, "a", "b", "c");
    Map<TokenId, Health> poor = new HashMap<>();
    ids.forEach(id -> poor.put(id, POOR));
    save(account, poor);
    store.removeTokens(account, Set.of(ids.get(0)));
    assertThat(rows("gone")).isEqualTo(2);
    store.deleteAccount(account);
    assertThat(rows("gone")).isZero();
  }

  @Test
  void oldStatesAreForgotten() {
    AccountId account = new AccountId("old");
    List<TokenId> ids = add(account, "a", "b", "c", "d");
    save(
        account,
        Map.of(
            ids.get(0), new Health(0, Map.of(Scope.ALL, LONG), null),
            ids.get(1), POOR,
            ids.get(2), POOR));
    saveUsage(account, Map.of(ids.get(3), USED));
    save(account, Map.of(ids.get(2), Health.GOOD));

    store.forgetStates(NOW.plus(Duration.ofDays(2)));
    assertThat(store.load(account).health()).containsOnlyKeys(ids.get(0), ids.get(1));
    store.forgetStates(NOW.plus(Duration.ofDays(3)));
    assertThat(store.load(account).health()).containsOnlyKeys(ids.get(1));
    assertThat(store.load(account).usage()).containsOnlyKeys(ids.get(3));
    store.forgetStates(NOW.plus(Duration.ofDays(33)));
    assertThat(store.load(account).usage()).isEmpty();
    store.forgetStates(NOW.plus(Duration.ofDays(91)));
    assertThat(rows("old")).isZero();
  }

  @Test
  void whatAPersonWroteThatCannotBeReadHandsOutNothingUnlimited() {
    AccountId account = new AccountId("unreadable");
    TokenSettings own = TokenSettings.DEFAULT.withLimits(LIMITS);
    store.addTokens(account, List.of(token("a"), token("b"), new NewToken(new Secret("c"), own)));
    TokenId first = store.load(account).tokens().get(0).id();
    save(account, Map.of(first, POOR));
    byHand("update token_state set health = 'poor' where account = 'unreadable'");
    byHand("update token set token_limits = 'rate many PT1S' where secret = 'b'");
    AccountSnapshot loaded = store.load(account);
    assertThat(secrets(loaded)).containsExactly("a", "c");
    assertThat(loaded.health()).isEmpty();

    byHand("insert into account_settings (account, token_limits) values ('unreadable', 'rate 0')");
    assertThat(secrets(store.load(account))).containsExactly("c");
    TokenLimits set = store.updateTokenLimits(account, settings -> settings);
    assertThat(set).isEqualTo(TokenLimits.NONE);
    assertThat(secrets(store.load(account))).containsExactly("a", "c");
  }

  @Test
  void savesTheUsageOfManyTokensAndOfManyAccounts() {
    AccountId account = new AccountId("much usage");
    assertThat(add(account, "a")).hasSize(1);
    Map<TokenId, List<Usage>> usage = new HashMap<>();
    IntStream.range(0, 1_000).forEach(i -> usage.put(new TokenId("any id " + i), USED));
    Map<AccountId, TokenStates> states = new HashMap<>();
    IntStream.range(0, 1_000)
        .forEach(
            i ->
                states.put(
                    new AccountId("much usage " + i),
                    new TokenStates(Map.of(), Map.of(new TokenId("t"), USED))));

    saveUsage(account, usage);
    store.saveStates(states, NOW, Epochs.ALL);

    assertThat(store.load(account).usage())
        .hasSize(1_000)
        .allSatisfy((token, used) -> assertThat(used).containsExactlyInAnyOrderElementsOf(USED));
    assertThat(
            byHand("update token_state set token_id = token_id where account like 'much usage%'"))
        .isEqualTo(2_000);
  }

  @Test
  void savesManyAndLongStates() {
    AccountId account = new AccountId("many states");
    TokenId real = add(account, "a").get(0);
    Map<Scope, Cooldown> cooldowns = new HashMap<>();
    for (int i = 0; i < 64; i++) {
      cooldowns.put(new Scope("é".repeat(250) + i), LONG);
    }
    Health longest = new Health(0, cooldowns, null);
    Map<TokenId, Health> health = new HashMap<>(Map.of(real, longest));
    IntStream.range(0, 2_500).forEach(i -> health.put(new TokenId("any id " + i), POOR));

    save(account, health);
    save(account, health);

    assertThat(store.load(account).health()).hasSize(2_501).containsEntry(real, longest);
  }
}
