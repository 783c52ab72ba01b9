package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Reading an account again of which something is known: what a whole load would give. */
abstract class ReloadContract extends StoreContract {
  private KnownTokens known(AccountId account) {
    AccountSnapshot loaded = store.load(account);
    return new KnownTokens(loaded.tokens(), loaded.fingerprint());
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
}
