package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSettings;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the periodic check is told of changes, and what it reads for that. */
abstract class ChangesContract extends StoreContract {
  private static final int ALL = 1_000_000;

  private Instant now() {
    return store.changes(Optional.empty(), 1).orElseThrow().now();
  }

  private Set<AccountId> since(Instant time) {
    Changes changes = store.changes(Optional.of(Place.at(time)), ALL).orElseThrow();
    assertThat(changes.next()).isEmpty();
    assertThat(changes.now()).isAfterOrEqualTo(time);
    return changes.accounts();
  }

  @Test
  void tellsWhoChanged() {
    AccountId account = new AccountId("changed");
    AccountId other = new AccountId("not changed");
    List<TokenId> ids = add(account, "a", "b", "c");
    add(other, "a");
    for (String statement :
        List.of(
            "update token set label = 'x' where id = " + ids.get(0),
            "update token set secret = 'd' where id = " + ids.get(0),
            "insert into token (account, secret) values ('changed', 'e')",
            "insert into account_settings (account) values ('changed')",
            "update account_settings set token_limits = '' where account = 'changed'")) {
      Instant before = afterAll();
      assertThat(byHand(statement)).isEqualTo(1);
      assertThat(since(before)).as(statement).containsExactly(account);
    }
    Instant before = afterAll();
    store.removeTokens(account, Set.of(ids.get(1)));
    assertThat(since(before)).containsExactly(account);
    before = afterAll();
    assertThat(store.updateSettings(account, any -> new AccountSettings(TokenLimits.NONE)))
        .isNotNull();
    byHand("update token set enabled = false where id = " + ids.get(2));
    assertThat(since(before)).containsExactly(account);
    before = afterAll();
    assertThat(store.deleteAccount(account)).isPositive();
    assertThat(since(before)).containsExactly(account);
  }

  /** A time behind all changes so far: some bear the same microsecond, or the next. */
  private Instant afterAll() {
    Instant time = now();
    while (true) {
      if (now().isAfter(time)) {
        if (since(time).isEmpty()) {
          return time;
        }
        time = time.plusMillis(1);
      }
    }
  }

  @Test
  void aPageAfterTheOtherTellsOfAll() {
    Instant before = afterAll();
    StringBuilder rows = new StringBuilder("insert into token (account, secret) values ");
    Set<AccountId> accounts = new HashSet<>();
    // all bear one time, and each account has two
    for (int i = 0; i < 500; i++) {
      accounts.add(new AccountId("page-" + i % 250));
      rows.append(i == 0 ? "" : ", ");
      rows.append("('page-").append(i % 250).append("', 'p").append(i).append("')");
    }
    assertThat(byHand(rows.toString())).isEqualTo(500);
    Set<AccountId> told = new HashSet<>();
    Optional<Place> place = Optional.of(Place.at(before));
    int pages = 0;
    while (place.isPresent()) {
      Changes page = store.changes(place, 10).orElseThrow();
      assertThat(page.accounts()).hasSizeLessThanOrEqualTo(10);
      told.addAll(page.accounts());
      place = page.next();
      pages++;
    }
    assertThat(told).isEqualTo(accounts);
    assertThat(pages).isBetween(25, 27);
  }

  @Test
  void oldNotesOfRemovalsAreForgotten() {
    List<String> notes = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      notes.add("('note-" + i + "', '2020-01-01 00:00:00.000000')");
    }
    byHand("insert into account_removal (account, change_time) values " + String.join(", ", notes));
    AccountId account = new AccountId("removed today");
    List<TokenId> ids = add(account, "a", "b");
    store.removeTokens(account, Set.of(ids.get(0)));
    int before = statements.get();
    store.forgetStates(Instant.EPOCH);
    // three portions of them, each of which asks for the time, and none of states
    assertThat(statements.get() - before).isEqualTo(7);
    assertThat(since(Instant.parse("2019-01-01T00:00:00Z")))
        .contains(account)
        .noneMatch(one -> one.value().startsWith("note-"));
  }
}
