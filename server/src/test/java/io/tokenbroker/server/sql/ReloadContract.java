package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Reading an account again of which something is known: what a whole load would give. */
abstract class ReloadContract extends StoreContract {
  private static final TokenLimits LIMITS =
      new TokenLimits(List.of(new RateLimit(5, Duration.ofMinutes(1))), List.of(), 0, 0);

  private KnownTokens known(AccountId account) {
    AccountSnapshot loaded = store.load(account);
    return new KnownTokens(loaded.tokens(), loaded.fingerprint(), loaded.limits());
  }

  /** Tells whether what was known has been used, and not read again. */
  private boolean isAddition(AccountId account, KnownTokens known) {
    AccountSnapshot again = store.reload(account, known);
    AccountSnapshot whole = store.load(account);
    assertThat(again.tokens()).isEqualTo(whole.tokens());
    assertThat(again.fingerprint()).isEqualTo(whole.fingerprint());
    assertThat(again.limits()).isEqualTo(whole.limits());
    assertThat(store.fingerprints(Set.of(account))).containsValue(again.fingerprint());
    Set<Token> same = Collections.newSetFromMap(new IdentityHashMap<>());
    same.add(known.tokens().get(0));
    return same.contains(again.tokens().get(0));
  }

  @Test
  void onlyWhatWasAddedIsRead() {
    AccountId account = new AccountId("grows");
    add(account, "a", "b", "c");
    assertThat(isAddition(account, known(account))).isTrue();
    KnownTokens known = known(account);
    add(account, "d", "e");
    assertThat(isAddition(account, known)).isTrue();
    assertThat(store.updateSettings(account, any -> new AccountSettings(TokenLimits.NONE)))
        .isNotNull();
    assertThat(isAddition(account, known)).isFalse();
    known = known(account);
    byHand("insert into token (account, secret, label) values ('grows', 'f', 'by hand')");
    assertThat(isAddition(account, known)).isTrue();
  }

  @Test
  void whatElseHappenedIsSeen() {
    AccountId account = new AccountId("changes");
    List<TokenId> ids = add(account, "a", "b", "c", "d", "e");
    KnownTokens known = known(account);
    add(account, "f");
    assertThat(
            store.updateToken(account, ids.get(1), any -> TokenSettings.DEFAULT.withLabel("other")))
        .isNotNull();
    assertThat(isAddition(account, known)).isFalse();

    known = known(account);
    store.removeTokens(account, Set.of(ids.get(2)));
    add(account, "g");
    assertThat(isAddition(account, known)).isFalse();

    known = known(account);
    byHand("update token set secret = 'new' where id = " + ids.get(3));
    assertThat(isAddition(account, known)).isFalse();

    known = known(account);
    byHand("insert into token (account, secret) values ('changes', 'a')");
    assertThat(isAddition(account, known)).isFalse();

    known = known(account);
    assertThat(store.deleteAccount(account)).isPositive();
    assertThat(store.reload(account, known).tokens()).isEmpty();
  }

  /** Whoever applies a change has what a load has, and the fingerprint that checks compare. */
  @Test
  void aChangeAppliedIsAsGoodAsALoad() {
    AccountId account = new AccountId("applied");
    add(account, "a", "b", "c", "d");
    List<NewToken> more =
        List.of(
            token("b"),
            token("e"),
            new NewToken(
                new Secret("f"),
                new TokenSettings(
                    "limited", 7, true, Instant.parse("2031-02-03T04:05:06.123456Z"), LIMITS)));
    List<Supplier<TokenChange>> changes =
        List.of(
            () -> store.addTokens(account, more).change(),
            () -> store.addTokens(account, more).change(),
            () -> updated(account, "b", settings -> settings.withLabel("läbel").withWeight(3)),
            () -> updated(account, "f", settings -> settings.withLimits(null).withEnabled(false)),
            () -> updated(account, "c", settings -> settings),
            () -> store.removeTokens(account, Set.of(id(account, "a"), id(account, "e"))).change(),
            () -> store.addTokens(account, List.of(token("a"))).change());
    for (Supplier<TokenChange> change : changes) {
      KnownTokens known = known(account);
      assertThat(change.get().applyTo(known)).contains(known(account));
    }
    assertThat(known(account).tokens())
        .extracting(token -> token.secret().reveal())
        .containsExactly("b", "c", "d", "f", "a");
  }

  @Test
  void aChangeIsNotAppliedToWhatItDidNotFind() {
    AccountId account = new AccountId("otherwise");
    add(account, "a", "b");
    KnownTokens known = known(account);
    TokenChange labelled = updated(account, "a", settings -> settings.withLabel("one"));
    TokenChange again = updated(account, "a", settings -> settings.withLabel("two"));
    assertThat(again.applyTo(known)).isEmpty();
    assertThat(labelled.applyTo(known).flatMap(again::applyTo)).contains(known(account));

    TokenChange removed = store.removeTokens(account, Set.of(id(account, "b"))).change();
    assertThat(labelled.applyTo(known).flatMap(again::applyTo).flatMap(removed::applyTo))
        .contains(known(account));
    assertThat(removed.applyTo(known(account))).isEmpty();

    KnownTokens one = known(account);
    byHand("insert into token (account, secret) values ('otherwise', 'c')");
    TokenChange added = store.addTokens(account, List.of(token("c"), token("d"))).change();
    assertThat(added.applyTo(one)).isEmpty();
    assertThat(added.applyTo(known(account))).isEmpty();
    TokenChange last = store.removeTokens(account, ids(account)).change();
    assertThat(last.applyTo(known)).isEmpty();
  }

  /** The change of another broker: what was applied here is not taken for all there is. */
  @Test
  void whatOthersChangedIsStillADifference() {
    AccountId account = new AccountId("others");
    add(account, "a", "b");
    KnownTokens known = known(account);
    add(account, "theirs");
    TokenChange ours = updated(account, "b", settings -> settings.withWeight(2));
    KnownTokens applied = ours.applyTo(known).orElseThrow();
    assertThat(store.fingerprints(Set.of(account))).doesNotContainValue(applied.fingerprint());
  }

  @Test
  void tokensOfUnknownLimitsAreNotMadeUp() {
    AccountId account = new AccountId("no limits");
    store.addTokens(
        account,
        List.of(new NewToken(new Secret("own"), TokenSettings.DEFAULT.withLimits(LIMITS))));
    add(account, "accounts");
    byHand("insert into account_settings (account, token_limits) values ('no limits', 'many')");
    KnownTokens known = known(account);
    assertThat(known.tokens()).hasSize(1);
    assertThat(store.addTokens(account, List.of(token("more"))).change().applyTo(known)).isEmpty();
    assertThat(updated(account, "own", settings -> settings.withLimits(null)).applyTo(known))
        .isEmpty();
  }

  private TokenChange updated(
      AccountId account, String secret, UnaryOperator<TokenSettings> change) {
    return store.updateToken(account, id(account, secret), change).change();
  }

  private TokenId id(AccountId account, String secret) {
    return store.load(account).tokens().stream()
        .filter(token -> token.secret().reveal().equals(secret))
        .findFirst()
        .orElseThrow()
        .id();
  }

  private Set<TokenId> ids(AccountId account) {
    return store.load(account).tokens().stream().map(Token::id).collect(Collectors.toSet());
  }
}
