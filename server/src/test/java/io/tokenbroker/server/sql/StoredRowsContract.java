package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jooq.Named;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What leaves a database comes into another one as it was. */
abstract class StoredRowsContract extends StoreContract {
  /** A row of each table with all that a column can have; binary is written as x'…' everywhere. */
  private static final Map<String, String> INSERTS =
      Map.of(
          "token",
          "insert into token (id, account, secret, secret_hash, label, weight, enabled, expire_time,"
              + " token_limits, sealed_secret, sealed_key) values (7, 'Zürich', '', x'00ff7f80', 'a"
              + " \"label\"\\n', 100, 0, '2031-03-31 02:30:00.123456', '{}', 'c2VhbGVk', 12345),"
              + " (9, '名', 'plain', null, '', 1, 1, null, null, null, null)",
          "account_settings",
          "insert into account_settings (account, token_limits) values ('Zürich', null)",
          "lease_policy",
          "insert into lease_policy values ('Zürich', 1, 2, 3, null, 5, 6)",
          "ring_position",
          "insert into ring_position values ('Zürich', 100, 9007199254740993, '7', -0.1)",
          "scope_position",
          "insert into scope_position values ('Zürich', '[]')",
          "token_state",
          "insert into token_state values ('Zürich', '7', null, '{}', '2031-01-01 00:00:00.000000')",
          "lease_token",
          "insert into lease_token values ('k', 'Zürich', '7', 41)",
          "lease",
          "insert into lease values ('k', 0, 'id', 'Zürich', '7', '', 'me', '', 41, 60000,"
              + " '2031-01-01 00:00:00.000001', '2031-01-01 00:01:00.000000', 0,"
              + " '2031-01-01 00:00:00.000000', 'b')",
          "lease_stream",
          "insert into lease_stream values ('o', 's', '2031-01-01 00:00:00.000000')",
          "caller_key",
          "insert into caller_key values ('i', 'n', 'h', '2031-01-01 00:00:00.000000', null)");

  @TempDir Path directory;

  private final CopiedRows copy = new CopiedRows();

  @AfterEach
  void removeAll() {
    INSERTS.keySet().forEach(table -> byHand("delete from " + table));
  }

  private void fill() {
    INSERTS.values().forEach(this::byHand);
  }

  @Test
  void eachTableIsKeptOrLeftOutOnPurpose() {
    Table<?> any = StoredRows.TABLES.get(0);
    Stream<String> all = any.getSchema().tableStream().map(Named::getName);
    List<String> known = new ArrayList<>(StoredRows.TABLES.stream().map(Named::getName).toList());
    assertThat(INSERTS.keySet()).containsExactlyInAnyOrderElementsOf(known);
    // who is in a fleet, and who is to forget what was removed, is of the database that was
    known.addAll(List.of("fleet", "fleet_member", "fleet_partition", "account_removal"));

    assertThat(all).containsExactlyInAnyOrderElementsOf(known);
  }

  @Test
  void whatIsReadComesIntoAnotherDatabaseOfAnyKindAsItWas() throws Exception {
    fill();
    assertThat(new StoredRows(database).read(copy)).containsExactly(SealedRows.PLAIN, 12345L);
    assertThat(copy.rows.get("token").get(0))
        .contains("7", "Zürich", "AP9/gA==", "2031-03-31T02:30:00.123456Z", "false", "12345");

    for (DatabaseSettings other : List.of(fresh(), DatabaseSettings.embedded(directory, 1))) {
      try (Database restored = Database.open(other)) {
        new StoredRows(restored).write(copy, 0);

        CopiedRows again = new CopiedRows();
        assertThat(new StoredRows(restored).read(again)).contains(12345L);
        assertThat(again.rows).isEqualTo(copy.rows);
        assertThat(new SealedRows(restored).counts())
            .as("what is generated of it")
            .isEqualTo(Map.of(SealedRows.PLAIN, 1L, 12345L, 1L));
      }
    }
  }

  @Test
  void allOfItIsOfOneMoment() throws Exception {
    fill();
    CopiedRows meanwhile =
        new CopiedRows() {
          @Override
          public void table(String name, List<String> names) {
            super.table(name, names);
            if (name.equals("account_settings")) {
              byHand("insert into caller_key values ('j', 'n', 'h', '2031-01-01 00:00:00', null)");
            }
          }
        };
    var unused = new StoredRows(database).read(meanwhile);

    assertThat(meanwhile.rows.get("caller_key")).hasSize(1);
  }

  @Test
  void onlyWhatIsEmptyIsFilled() throws Exception {
    fill();
    var unused = new StoredRows(database).read(copy);

    assertThatThrownBy(() -> new StoredRows(database).write(copy, 0))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("There is something in table token.");
  }

  @Test
  void halfOfItIsNothing() throws Exception {
    fill();
    var unused = new StoredRows(database).read(copy);
    removeAll();
    copy.rows.get("caller_key").set(0, broken(copy.rows.get("caller_key").get(0)));

    assertThatThrownBy(() -> new StoredRows(database).write(copy, 0))
        .isInstanceOf(IOException.class)
        .hasMessage("what is in column create_time can't be there");
    assertThat(byHand("delete from token")).isZero();
  }

  private static List<@Nullable String> broken(List<@Nullable String> row) {
    List<@Nullable String> broken = new ArrayList<>(row);
    broken.set(3, "yesterday");
    return broken;
  }

  @Test
  void fencingNumbersOfTheTimeBetweenDoNotComeAgain() throws Exception {
    fill();
    var unused = new StoredRows(database).read(copy);
    removeAll();

    new StoredRows(database).write(copy, 1_000);

    CopiedRows again = new CopiedRows();
    unused = new StoredRows(database).read(again);
    assertThat(again.rows.get("lease_token").get(0)).contains("1041");
    assertThat(again.rows.get("lease").get(0)).as("those that are out").contains("41");
  }

  /** More values than a statement for SQLite takes, times among them. */
  @Test
  void manyTimesComeAsTheyWere() throws Exception {
    for (int i = 0; i < 450; i++) {
      byHand(
          "insert into token_state values ('many', '"
              + i
              + "', '{}', null, '2031-03-31 02:30:00.123456')");
    }
    var unused = new StoredRows(database).read(copy);

    for (DatabaseSettings other : List.of(fresh(), DatabaseSettings.embedded(directory, 1))) {
      try (Database restored = Database.open(other)) {
        new StoredRows(restored).write(copy, 0);
        CopiedRows again = new CopiedRows();
        unused = new StoredRows(restored).read(again);
        assertThat(again.rows).isEqualTo(copy.rows);
      }
    }
  }

  @Test
  void plainTextIsToldWhateverKeyTheRowNames() throws Exception {
    byHand(
        "insert into token (id, account, secret, sealed_secret, sealed_key) values"
            + " (1, 'a', 'by hand', 'c2VhbGVk', 5), (2, 'a', '', null, null)");

    assertThat(new StoredRows(database).read(copy)).containsExactly(SealedRows.PLAIN);
  }

  @Test
  void manyRowsComeAsWell() throws Exception {
    var added =
        store.addTokens(
            new AccountId("many"),
            IntStream.range(0, 450).mapToObj(i -> token("made-up-" + i)).toList());
    assertThat(added.result()).hasSize(450);
    var unused = new StoredRows(database).read(copy);
    removeAll();

    new StoredRows(database).write(copy, 0);

    assertThat(byHand("delete from token")).isEqualTo(450);
  }
}
