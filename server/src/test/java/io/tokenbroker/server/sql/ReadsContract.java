package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.testing.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How many rows and index entries a database server reads among many. */
abstract class ReadsContract extends StoreContract {
  private static final AccountId BIG = new AccountId("big");
  private static final int ROWS = 100_000;
  private static final int TOKENS = ROWS / 20;
  private static final int STATES = 20_000;

  /** What it reads to tell what it has read, and for the connections of other tests. */
  private static final long NOISE = 1_500;

  private static final String DIGITS =
      "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4"
          + " union all select 5 union all select 6 union all select 7 union all select 8"
          + " union all select 9)";

  /** Every twentieth row is one account's, between those of others. */
  @BeforeAll
  void fill() {
    byHand(
        "insert into token (account, secret)"
            + " select if(mod(n, 20) = 0, 'big', concat('a', n)), concat('made-up-', n) from"
            + " (select a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d n from "
            + String.join(", ", DIGITS + " a", DIGITS + " b", DIGITS + " c", DIGITS + " d")
            + ", "
            + DIGITS
            + " e) numbers order by n");
    analyze("token");
  }

  private void analyze(String table) {
    query("analyze table " + table);
  }

  private void query(String sql) {
    try (var connection = TestDatabase.connect(settings);
        var statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long reads(Runnable work) {
    long before = TestDatabase.reads(settings);
    work.run();
    return TestDatabase.reads(settings) - before;
  }

  @Test
  void theCheckReadsWhatChangedAndWhatItCompares() {
    Instant now = store.changes(Optional.empty(), 1).orElseThrow().now();
    add(new AccountId("busy"), "a", "b", "c");
    Optional<Place> behind = Optional.of(Place.at(now));
    assertThat(
            reads(
                () ->
                    assertThat(store.changes(behind, 1_000).orElseThrow().accounts())
                        .contains(new AccountId("busy"))))
        .isLessThan(NOISE);
    Set<AccountId> some = Set.of(new AccountId("a7"), new AccountId("a8"));
    assertThat(reads(() -> assertThat(store.fingerprints(some)).hasSize(2))).isLessThan(NOISE);
  }

  @Test
  void aPageOfTokensCostsTheSameWhereverItIs() {
    List<TokenInfo> all = store.listTokens(BIG, Optional.empty(), ROWS);
    assertThat(all).hasSize(TOKENS);
    for (int at : new int[] {0, TOKENS / 2, TOKENS - 101}) {
      Optional<TokenId> after = Optional.of(all.get(at).id());
      assertThat(
              reads(
                  () ->
                      assertThat(store.listTokens(BIG, after, 100))
                          .isEqualTo(all.subList(at + 1, at + 101))))
          .as("after %d tokens", at)
          .isLessThan(100 + NOISE);
    }
  }

  /** Parsing what reads an account takes longer than running it. */
  @Test
  void whatReadsAccountsIsParsedOnce() {
    DatabaseSettings one = server().fresh(1);
    try (Database database = Database.open(one)) {
      SqlTokenStore store = new SqlTokenStore(database);
      AccountId account = new AccountId("known");
      assertThat(store.addTokens(account, List.of(token("a"))).result()).hasSize(1);
      long prepared = counter("Com_stmt_prepare");
      long executed = counter("Com_stmt_execute");
      for (int i = 0; i < 100; i++) {
        assertThat(secrets(store.load(account))).containsExactly("a");
        assertThat(store.fingerprints(Set.of(account))).hasSize(1);
      }
      // of nobody else, as all other statements are parsed by the driver
      assertThat(counter("Com_stmt_execute") - executed).isEqualTo(100);
      assertThat(counter("Com_stmt_prepare") - prepared).isEqualTo(1);
    }
  }

  private long counter(String name) {
    try (var connection = TestDatabase.connect(settings);
        var statement = connection.createStatement();
        var rows = statement.executeQuery("show global status like '" + name + "'")) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(2);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void statesAreForgottenInPortionsAndByTheirTime() {
    query(
        "insert into token_state (account, token_id, health, expire_time)"
            + " select account, id, 'x', '2030-01-01' from token order by id limit "
            + STATES);
    query(
        "insert into token_state (account, token_id, expire_time)"
            + " select account, id, '2020-01-01' from token order by id desc limit 2500");
    analyze("token_state");
    Instant now = Instant.parse("2025-01-01T00:00:00Z");
    int before = statements.get();
    // each row is found and removed
    assertThat(reads(() -> store.forgetStates(now))).isLessThan(3 * 2_500 + NOISE);
    // three portions; and one of removals, which asks for the time first
    assertThat(statements.get() - before).isEqualTo(5);
    assertThat(byHand("delete from token_state")).isEqualTo(STATES);
  }
}
