package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite's own limit on a file's size fails as a disk does that is full. */
final class SqliteFullDiskTest {
  private static final AccountId BEFORE = new AccountId("before");
  private static final AccountId LATER = new AccountId("later");

  @TempDir Path directory;
  private Database database;
  private SqlTokenStore store;

  @BeforeEach
  void open() {
    database = Database.open(DatabaseSettings.embedded(directory, 1));
    store = new SqlTokenStore(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void failsWithoutAnOutageAndRecoversByItself() {
    store.addTokens(BEFORE, List.of(StoreContract.token("s")));
    limitPages("1");

    assertThatThrownBy(() -> store.addTokens(LATER, many()))
        .isInstanceOfSatisfying(
            BrokerException.class,
            // so that nobody is kept away from what can be read
            e -> assertThat(e.isOutage()).isFalse())
        .hasMessage("The disk of the database is full. Try again.");
    assertThat(store.load(BEFORE).tokens()).hasSize(1);
    assertThat(store.load(LATER).tokens()).isEmpty();

    limitPages("1000000");
    assertThat(store.addTokens(LATER, many()).result()).hasSize(2_000);
    assertThat(store.load(BEFORE).tokens()).hasSize(1);
  }

  private void limitPages(String pages) {
    database.sql().write(context -> context.fetch("pragma max_page_count = " + pages));
  }

  private static List<NewToken> many() {
    return IntStream.range(0, 2_000).mapToObj(i -> StoreContract.token("secret " + i)).toList();
  }
}
