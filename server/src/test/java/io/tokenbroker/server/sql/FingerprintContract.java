package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.store.TokenStore;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What the periodic check sees, and what each read costs. */
abstract class FingerprintContract extends StoreContract {
  @Test
  void seesWhatAPersonDoes() {
    AccountId account = new AccountId("watched");
    AccountId other = new AccountId("other");
    List<TokenId> ids = add(account, "a", "b", "c");
    add(other, "a");
    Fingerprint ofOther = store.load(other).fingerprint();

    for (String statement :
        List.of(
            "update token set label = 'x' where id = " + ids.get(0),
            "update token set enabled = false where id = " + ids.get(0),
            "update token set secret = 'd' where id = " + ids.get(0),
            "delete from token where id = " + ids.get(1),
            "insert into token (account, secret) values ('watched', 'e')",
            // as a restored dump does: with the time of another row
            "update token set id = id + 1000000, update_time = update_time where id = "
                + ids.get(2),
            "update token set account = 'moved' where id = " + ids.get(0))) {
      Fingerprint before = store.load(account).fingerprint();
      assertThat(store.fingerprints(Set.of(account))).isEqualTo(Map.of(account, before));

      assertThat(byHand(statement)).isEqualTo(1);

      Fingerprint after = store.load(account).fingerprint();
      assertThat(after).as(statement).isNotEqualTo(before);
      assertThat(store.fingerprints(Set.of(account, other)))
          .isEqualTo(Map.of(account, after, other, ofOther));
    }
    byHand("delete from token where account = 'watched'");
    assertThat(store.fingerprints(Set.of(account))).isEmpty();
  }

  @Test
  void takesAnyTimeThatAPersonWrites() {
    AccountId account = new AccountId("odd times");
    add(account, "a", "b");
    byHand("update token set update_time = '9999-12-31 23:59:59.999999' where secret = 'a'");
    byHand("update token set update_time = '1000-01-01 00:00:00' where secret = 'b'");

    assertThat(store.fingerprints(Set.of(account)))
        .isEqualTo(Map.of(account, store.load(account).fingerprint()));
  }

  @Test
  void checksManyAccountsAtOnce() {
    Set<AccountId> accounts = new HashSet<>();
    StringBuilder rows = new StringBuilder("insert into token (account, secret) values ");
    for (int i = 0; i < TokenStore.MAX_COMPARED; i++) {
      accounts.add(new AccountId("n" + i));
      rows.append(i == 0 ? "" : ", ").append("('n").append(i).append("', 's')");
    }
    byHand(rows.toString());
    add(new AccountId("not asked for"), "s");

    assertThat(cost(() -> store.fingerprints(accounts))).isEqualTo(1);
    assertThat(store.fingerprints(accounts)).containsOnlyKeys(accounts);
  }

  @Test
  void everyReadIsOneQuery() {
    AccountId account = new AccountId("cost");
    add(account, "a", "b");
    Instant now = Instant.EPOCH;

    assertThat(cost(() -> store.load(account))).isEqualTo(1);
    assertThat(cost(() -> store.load(new AccountId("nobody")))).isEqualTo(1);
    assertThat(cost(() -> store.fingerprints(Set.of(account)))).isEqualTo(1);
    assertThat(cost(() -> store.fingerprints(Set.of()))).isZero();
    assertThat(cost(() -> store.changes(Optional.of(Place.at(now)), 10))).isEqualTo(1);
    assertThat(cost(() -> store.findAccount(account, now))).isEqualTo(1);
    assertThat(cost(() -> store.listAccounts(Optional.empty(), 1_000, now))).isEqualTo(1);
    assertThat(cost(() -> store.listTokens(account, Optional.empty(), 10))).isEqualTo(1);
  }

  private int cost(Supplier<?> read) {
    int before = statements.get();
    assertThat(read.get()).isNotNull();
    return statements.get() - before;
  }
}
