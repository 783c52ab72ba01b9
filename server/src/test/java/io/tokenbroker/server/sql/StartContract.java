package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A start that succeeds, and those that must not. */
abstract class StartContract {
  static final String PASSWORD = "the-wrong-password";

  DatabaseSettings settings;

  abstract TestDatabase server();

  @BeforeEach
  void setUp() {
    settings = server().fresh(2);
  }

  @Test
  void findsWhatAnEarlierStartLeft() {
    AccountId account = new AccountId("a");
    try (Database first = Database.open(settings)) {
      new SqlTokenStore(first).addTokens(account, List.of(StoreContract.token("s")));
    }
    try (Database second = Database.open(settings)) {
      assertThat(new SqlTokenStore(second).load(account).tokens()).hasSize(1);
    }
  }

  @Test
  void refusesTheSchemaOfANewerBroker() {
    Database.open(settings).close();
    byHand(
        "insert into flyway_schema_history (installed_rank, version, description, type, script,"
            + " installed_by, execution_time, success)"
            + " values (99, '99', 'later', 'SQL', 'V99__later.sql', 'x', 1, true)");

    assertRefused(settings)
        .hasMessageContaining("newer broker (version 99; this one knows " + Migrations.NEWEST + ")")
        .hasMessageContaining(settings.place());
  }

  @Test
  void refusesADatabaseOfSomethingElse() {
    byHand("create table customer (id int)");

    assertRefused(settings).hasMessageContaining("tables of something else");
  }

  @Test
  void refusesAMigrationThatFailedHalfWay() {
    Database.open(settings).close();
    byHand("update flyway_schema_history set success = false where version = '4'");

    assertRefused(settings).hasMessageContaining("can't be brought up to date");
  }

  static AbstractThrowableAssert<?, ?> assertRefused(DatabaseSettings settings) {
    return assertThatThrownBy(() -> Database.open(settings).close())
        .isInstanceOf(StoreStartException.class)
        .hasNoCause()
        .satisfies(
            e -> {
              assertThat(e.getStackTrace()).isEmpty();
              assertThat(e.getMessage()).doesNotContain("\n", PASSWORD);
            });
  }

  void byHand(String sql) {
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
