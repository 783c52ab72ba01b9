package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.LiveLeases;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.TokenStore.AccountSummary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every database must do; see the classes that extend it. */
abstract class TokenStoreContract extends StoreContract {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void anUnknownAccountHasNothing() {
    AccountId account = new AccountId("unknown");

    AccountSnapshot loaded = store.load(account);
    assertThat(loaded)
        .isEqualTo(
            new AccountSnapshot(List.of(), Position.START, Fingerprint.NONE)
                .withLeases(new LiveLeases(loaded.leases().now(), List.of())));
    assertThat(store.findAccount(account, NOW)).isEmpty();
    assertThat(store.listTokens(account, Optional.empty(), 10)).isEmpty();
    assertThat(store.fingerprints(Set.of(account))).isEmpty();
    assertThat(store.deleteAccount(account)).isZero();
  }

  @Test
  void givesBackWhatWasAdded() {
    AccountId account = new AccountId("as added");
    TokenSettings settings =
        new TokenSettings("a läbel 😀", 100, false, Instant.parse("2030-02-03T04:05:06.123456Z"));

    List<AddedToken> added =
        store
            .addTokens(account, List.of(new NewToken(new Secret("s1"), settings), token("s2")))
            .result();

    assertThat(added).extracting(AddedToken::alreadyExisted).containsExactly(false, false);
    assertThat(added)
        .extracting(result -> result.token().settings())
        .containsExactly(settings, TokenSettings.DEFAULT);
    AccountSnapshot loaded = store.load(account);
    assertThat(secrets(loaded)).containsExactly("s1", "s2");
    assertThat(loaded.tokens())
        .extracting(token -> new TokenInfo(token.id(), token.settings()))
        .containsExactlyElementsOf(added.stream().map(AddedToken::token).toList());
    assertThat(store.listTokens(account, Optional.empty(), 10))
        .containsExactlyElementsOf(added.stream().map(AddedToken::token).toList());
  }

  @Test
  void keepsAnExpireTimeThatTheClockOfThisZoneSkips() {
    AccountId account = new AccountId("zone");
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
    try {
      TokenSettings settings =
          TokenSettings.DEFAULT.withExpireTime(Instant.parse("2024-03-31T02:30:00.999999Z"));
      store.addTokens(account, List.of(new NewToken(new Secret("s"), settings)));

      assertThat(store.load(account).tokens().get(0).settings()).isEqualTo(settings);
    } finally {
      TimeZone.setDefault(before);
    }
    assertThat(
            byHand(
                "update token set label = 'found' where account = 'zone' and expire_time ="
                    + " '2024-03-31 02:30:00.999999'"))
        .isEqualTo(1);
  }

  @Test
  void leavesAKnownSecretAsItIs() {
    AccountId account = new AccountId("known");
    List<TokenId> ids = add(account, "a", "b");

    List<AddedToken> again =
        store
            .addTokens(
                account,
                List.of(
                    token("c"),
                    new NewToken(new Secret("b"), TokenSettings.DEFAULT.withWeight(7)),
                    token("A")))
            .result();

    assertThat(again).extracting(AddedToken::alreadyExisted).containsExactly(false, true, false);
    assertThat(again.get(1).token()).isEqualTo(new TokenInfo(ids.get(1), TokenSettings.DEFAULT));
    assertThat(secrets(store.load(account))).containsExactly("a", "b", "c", "A");
  }

  @Test
  void knowsSecretsThatAPersonWrote() {
    AccountId account = new AccountId("by hand");
    byHand("insert into token (account, secret) values ('by hand', 'sécret 😀'), ('by hand', 'x')");
    List<TokenInfo> written = store.listTokens(account, Optional.empty(), 10);

    List<AddedToken> added = store.addTokens(account, List.of(token("sécret 😀"))).result();

    assertThat(added).containsExactly(new AddedToken(written.get(0), true));
    assertThat(secrets(store.load(account))).containsExactly("sécret 😀", "x");
  }

  @Test
  void knowsThatAPersonChangedASecret() {
    AccountId account = new AccountId("rotated by hand");
    List<TokenId> ids = add(account, "old");
    byHand("update token set secret = 'new' where account = 'rotated by hand'");

    List<AddedToken> added = store.addTokens(account, List.of(token("old"), token("new"))).result();

    assertThat(added).extracting(AddedToken::alreadyExisted).containsExactly(false, true);
    assertThat(added.get(1).token().id()).isEqualTo(ids.get(0));
    assertThat(secrets(store.load(account))).containsExactly("new", "old");
  }

  @Test
  void tellsAccountsApartByEveryCharacter() {
    List<AccountId> accounts =
        List.of("GitHub", "github", "gïthub", "😀", "😁", "a%b", "a_b", "it's", "o\"o", "back\\n")
            .stream()
            .map(AccountId::new)
            .toList();
    accounts.forEach(account -> add(account, "of " + account));
    byHand("insert into token (account, secret) values ('github ', 'padded')");

    for (AccountId account : accounts) {
      AccountSnapshot loaded = store.load(account);
      assertThat(secrets(loaded)).containsExactly("of " + account);
      assertThat(store.fingerprints(Set.of(account)))
          .isEqualTo(Map.of(account, loaded.fingerprint()));
      assertThat(store.findAccount(account, NOW)).contains(new AccountSummary(account, 1, 1));
    }
    assertThat(store.deleteAccount(new AccountId("github"))).isEqualTo(1);
    assertThat(byHand("delete from token where secret = 'padded'")).isEqualTo(1);
    assertThat(store.load(new AccountId("GitHub")).tokens()).hasSize(1);
  }

  @Test
  void keepsTheLongestSecretAndNames() {
    AccountId account = new AccountId("😀".repeat(127) + "a");
    String secret = "ü".repeat(Secret.MAX_BYTES / 2);
    String label = "é".repeat(TokenSettings.MAX_LABEL_LENGTH);
    store.addTokens(
        account, List.of(new NewToken(new Secret(secret), TokenSettings.DEFAULT.withLabel(label))));

    AccountSnapshot loaded = store.load(account);

    assertThat(secrets(loaded)).containsExactly(secret);
    assertThat(loaded.tokens().get(0).settings().label()).isEqualTo(label);
  }

  @Test
  void leavesOutWhatCanNotBeHandedOut() {
    AccountId account = new AccountId("bad rows");
    byHand(
        "insert into token (account, secret, weight, label) values"
            + " ('bad rows', 'good', 1, ''), ('bad rows', '  ', 1, ''), ('bad rows', 'good', 2, ''),"
            + " ('bad rows', 'w', 0, ''), ('bad rows', 'x', 101, ''),"
            + " ('bad rows', 'y', 1, 'a\tb'), ('bad rows', 'also good', 100, '')");

    AccountSnapshot loaded = store.load(account);

    assertThat(secrets(loaded)).containsExactly("good", "also good");
    assertThat(loaded.tokens().get(0).weight()).isEqualTo(1);
    assertThat(loaded.fingerprint().rows()).isEqualTo(7);
    assertThat(store.fingerprints(Set.of(account))).containsValue(loaded.fingerprint());
    // and yet they can be seen, and set right
    List<TokenInfo> listed = store.listTokens(account, Optional.empty(), 10);
    assertThat(listed).hasSize(7);
    store.updateToken(account, listed.get(3).id(), settings -> settings.withWeight(3));
    assertThat(secrets(store.load(account))).containsExactly("good", "w", "also good");
  }

  @Test
  @Timeout(600)
  void manyTokens() {
    AccountId account = new AccountId("many");
    List<NewToken> tokens =
        IntStream.range(0, 30_000).mapToObj(i -> token("secret number " + i)).toList();
    Chunks.of(tokens).forEach(chunk -> store.addTokens(account, chunk));

    assertThat(store.load(account).tokens())
        .extracting(token -> token.secret().reveal())
        .containsExactlyElementsOf(tokens.stream().map(token -> token.secret().reveal()).toList());
    assertThat(store.findAccount(account, NOW))
        .contains(new AccountSummary(account, 30_000, 30_000));
    List<TokenId> ids = new ArrayList<>();
    Optional<TokenId> after = Optional.empty();
    List<TokenInfo> page;
    do {
      page = store.listTokens(account, after, 1_000);
      ids.addAll(ids(page));
      after = page.isEmpty() ? after : Optional.of(page.get(page.size() - 1).id());
    } while (!page.isEmpty());
    assertThat(ids).hasSize(30_000).doesNotHaveDuplicates().isSorted();
    store.removeTokens(account, Set.copyOf(ids.subList(0, 2_500)));
    assertThat(store.addTokens(account, tokens).result())
        .filteredOn(AddedToken::alreadyExisted)
        .hasSize(27_500);
    assertThat(store.deleteAccount(account)).isEqualTo(30_000);
  }

  @Test
  void listsAccountsByNameInPages() {
    List<String> names = List.of("page a", "page b", "page c");
    for (String name : names) {
      TokenSettings expired = TokenSettings.DEFAULT.withExpireTime(NOW);
      TokenSettings valid = TokenSettings.DEFAULT.withExpireTime(NOW.plusNanos(1_000));
      store.addTokens(
          new AccountId(name),
          List.of(
              new NewToken(new Secret("1"), expired),
              new NewToken(new Secret("2"), valid),
              new NewToken(new Secret("3"), TokenSettings.DEFAULT.withEnabled(false))));
    }
    byHand("insert into token (account, secret) values ('page b\n', 's')");
    Optional<AccountId> after = Optional.of(new AccountId("page"));

    assertThat(store.listAccounts(after, 3, NOW))
        .containsExactlyElementsOf(
            names.stream().map(name -> new AccountSummary(new AccountId(name), 3, 1)).toList());
    assertThat(store.listAccounts(Optional.of(new AccountId("page a")), 1, NOW))
        .extracting(summary -> summary.account().value())
        .containsExactly("page b");
    assertThat(store.listAccounts(Optional.empty(), 1_000, NOW))
        .extracting(summary -> summary.account().value())
        .containsSubsequence(names);
  }

  @Test
  void changesAToken() {
    AccountId account = new AccountId("change");
    TokenId id = add(account, "s").get(0);
    TokenSettings changed =
        new TokenSettings("l", 5, false, Instant.parse("2031-01-01T00:00:00.0000019Z"));
    TokenSettings stored = changed.withExpireTime(Instant.parse("2031-01-01T00:00:00.000001Z"));

    assertThat(store.updateToken(account, id, settings -> changed).result())
        .isEqualTo(new TokenInfo(id, stored));
    assertThat(store.updateToken(account, id, settings -> settings.withExpireTime(null)).result())
        .isEqualTo(new TokenInfo(id, stored.withExpireTime(null)));

    assertThat(store.load(account).tokens().get(0).settings())
        .isEqualTo(stored.withExpireTime(null));
  }

  @Test
  void changesNothingThatIsNotThere() {
    AccountId account = new AccountId("not there");
    AccountId other = new AccountId("not there either");
    String id = add(account, "s").get(0).value();

    for (String wrong : List.of(id + "abc", "0" + id, "+" + id, " " + id, "9".repeat(30), "x")) {
      assertThatThrownBy(() -> store.updateToken(account, new TokenId(wrong), settings -> settings))
          .is(because(FailureReason.TOKEN_DOES_NOT_EXIST));
      assertThat(store.listTokens(account, Optional.of(new TokenId("9".repeat(30))), 10)).isEmpty();
    }
    assertThatThrownBy(() -> store.updateToken(other, new TokenId(id), settings -> settings))
        .is(because(FailureReason.TOKEN_DOES_NOT_EXIST))
        .hasMessage("Account " + other + " has no token " + id + ".");
    assertThatThrownBy(() -> store.removeTokens(other, Set.of(new TokenId(id))))
        .is(because(FailureReason.TOKEN_DOES_NOT_EXIST));
    assertThat(store.load(account).tokens()).hasSize(1);
  }

  @Test
  void aChangeThatFailsChangesNothing() {
    AccountId account = new AccountId("failing change");
    TokenId id = add(account, "s").get(0);
    IllegalStateException failure = new IllegalStateException("no");

    assertThatThrownBy(
            () ->
                store.updateToken(
                    account,
                    id,
                    settings -> {
                      throw failure;
                    }))
        .isSameAs(failure);

    assertThat(store.updateToken(account, id, settings -> settings).result().settings())
        .isEqualTo(TokenSettings.DEFAULT);
  }

  @Test
  void removesAllOrNone() {
    AccountId account = new AccountId("remove");
    List<TokenId> ids = add(account, "a", "b", "c");
    TokenId unknown = new TokenId("x1");

    assertThatThrownBy(() -> store.removeTokens(account, Set.of(ids.get(0), unknown)))
        .is(because(FailureReason.TOKEN_DOES_NOT_EXIST))
        .hasMessageContaining("x1");
    TokenId gone = new TokenId(Long.toString(Long.MAX_VALUE));
    assertThatThrownBy(() -> store.removeTokens(account, Set.of(ids.get(0), gone)))
        .is(because(FailureReason.TOKEN_DOES_NOT_EXIST));
    assertThat(secrets(store.load(account))).containsExactly("a", "b", "c");

    store.removeTokens(account, Set.of(ids.get(0), ids.get(2)));

    assertThat(secrets(store.load(account))).containsExactly("b");
  }

  @Test
  void keepsPositions() {
    AccountId account = new AccountId("position");
    List<TokenId> ids =
        store
            .addTokens(
                account,
                List.of(
                    token("a"), new NewToken(new Secret("b"), TokenSettings.DEFAULT.withWeight(3))))
            .result()
            .stream()
            .map(added -> added.token().id())
            .toList();
    Position first =
        new Position(7, List.of(new Mark(1, ids.get(0), -0.25), new Mark(3, ids.get(1), 1)));
    store.savePositions(Map.of(account, first), Epochs.ALL);
    assertThat(store.load(account).position()).isEqualTo(first);

    Position second = new Position(9, List.of(new Mark(1, new TokenId("x"), (1L << 36) + 1 / 3.0)));
    store.savePositions(Map.of(account, second, new AccountId("elsewhere"), first), Epochs.ALL);

    assertThat(store.load(account).position().turn()).isEqualTo(9);
    assertThat(store.load(account).position().marks())
        .containsExactlyInAnyOrder(
            new Mark(1, new TokenId("x"), (1L << 36) + 1 / 3.0), new Mark(3, ids.get(1), 1));
    assertThat(store.deleteAccount(account)).isEqualTo(2);
    add(account, "a");
    assertThat(store.load(account).position()).isEqualTo(Position.START);
  }

  @Test
  void keepsTheTurnWhenNoTokenHasASavedWeight() {
    AccountId account = new AccountId("turn");
    TokenId id = add(account, "a").get(0);
    store.savePositions(Map.of(account, new Position(7, List.of(new Mark(1, id, 0)))), Epochs.ALL);
    store.updateToken(account, id, settings -> settings.withWeight(2));

    assertThat(store.load(account).position()).isEqualTo(new Position(7, List.of()));
  }

  @Test
  void savesManyPositions() {
    Map<AccountId, Position> positions = new HashMap<>();
    for (int i = 0; i < 2_500; i++) {
      positions.put(
          new AccountId("p" + i), new Position(i, List.of(new Mark(1, new TokenId("1"), 0))));
    }
    store.savePositions(positions, Epochs.ALL);
    store.savePositions(positions, Epochs.ALL);
    AccountId account = new AccountId("p2499");
    add(account, "s");

    assertThat(store.load(account).position().turn()).isEqualTo(2_499);
  }
}
