package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.testing.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class MySqlConnectionsTest {
  private static final String IDLE = "select concat(connection_id(), ' ', @@session.wait_timeout)";

  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mysql();

  @Test
  void aConnectionMayBeIdleForAsLongAfterATransactionAsBefore() {
    try (Database database = Database.open(SERVER.fresh(1))) {
      Sql sql = database.sql();
      String before = idle(sql);
      assertThat(sql.<String>write(context -> context.fetchSingle(IDLE).get(0, String.class)))
          .endsWith(" " + Logins.IDLE_IN_TRANSACTION);
      assertThat(idle(sql)).as("after a commit").isEqualTo(before);

      assertThatThrownBy(
              () ->
                  sql.write(
                      context -> {
                        throw new IllegalStateException("rolled back");
                      }))
          .hasMessage("rolled back");
      assertThat(idle(sql)).as("after a rollback").isEqualTo(before);
    }
  }

  private static String idle(Sql sql) {
    return sql.read(context -> context.fetchSingle(IDLE).get(0, String.class));
  }
}
