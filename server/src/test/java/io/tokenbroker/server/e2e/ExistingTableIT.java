package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tokenbroker.server.e2e.Cli.Result;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The credentials table of a Django application, served read-only from MariaDB. */
class ExistingTableIT {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  private static final String A = Broker.SECRET + "forty-two-a";
  private static final String B = Broker.SECRET + "forty-two-b";

  @TempDir Path directory;

  @Test
  void servesTheTableAndNeverWritesIt() throws Exception {
    DatabaseSettings webapp = SERVER.fresh(4);
    execute(
        webapp,
        "create table app_authmodel (id int auto_increment primary key, account_id int not null,"
            + " token varchar(255) not null, key (account_id))",
        "insert into app_authmodel (account_id, token) values (42, '"
            + A
            + "'), (7, '"
            + Broker.SECRET
            + "seven'), (42, '"
            + B
            + "'), (42, ' ')");
    Map<String, String> settings = new HashMap<>();
    settings.put("CREDENTIALS_URL", webapp.url());
    settings.put("CREDENTIALS_USER", webapp.user());
    settings.put("CREDENTIALS_PASSWORD", webapp.password());
    settings.put(
        "CREDENTIALS_QUERY",
        "SELECT account_id AS account, id, token AS secret FROM app_authmodel");
    settings.put("REFRESH_INTERVAL", "200ms");

    try (Broker broker = Broker.start(directory, settings)) {
      JsonObject first = broker.cli("next", "42", "--json").json().get(0);
      assertThat(first.get("secret").getAsString()).isEqualTo(A);
      assertThat(first.get("token_id").getAsString()).isEqualTo("1");
      assertThat(secrets(broker, 3)).containsExactly(B, A, B);

      for (String other : List.of("42abc", "042", "42.0", " 42", "x", "8")) {
        try (Caller caller = broker.caller()) {
          assertThat(Failures.textOf(() -> caller.next(other)))
              .as("account %s", other)
              .isIn("NOT_FOUND CREDENTIALS_DO_NOT_EXIST", "INVALID_ARGUMENT INVALID_FIELD");
        }
      }
      assertThat(broker.cli("next", "42abc").exit()).isEqualTo(3);

      Result refused =
          broker.cliWithInput(Broker.SECRET + "new\n", "tokens", "import", "42", "-", "--json");
      assertThat(refused.exit()).isEqualTo(6);
      assertThat(refused.err()).contains("\"STORE_READ_ONLY\"");
      assertThat(broker.cli("tokens", "disable", "42", "1").exit()).isEqualTo(6);
      assertThat(broker.cli("tokens", "remove", "42", "1", "--yes").exit()).isEqualTo(6);
      assertThat(broker.cli("accounts", "delete", "42", "--yes").exit()).isEqualTo(6);
      assertThat(broker.cli("accounts", "list", "--json").json())
          .extracting(account -> account.get("account").getAsString())
          .containsExactlyInAnyOrder("42", "7");

      execute(webapp, "delete from app_authmodel where id = 1");
      try (Caller caller = broker.caller()) {
        Eventually.until(
            "the deletion is seen",
            () ->
                caller.account("42").getTokenCount() == 1
                    && caller.next("42").getTokenId().equals(caller.next("42").getTokenId()));
      }
      assertThat(broker.stop()).isZero();
    }
    try (Broker broker = Broker.start(directory, settings);
        Caller caller = broker.caller()) {
      assertThat(caller.next("42").getNumber()).isGreaterThan(5);
      assertThat(broker.stop()).isZero();
    }
  }

  /** docs/guides/existing-table.md, word for word. */
  @Test
  void theGuideWorks() throws Exception {
    DatabaseSettings webapp = SERVER.fresh(4);
    try (Guide guide = new Guide(directory, Map.of("TOKENBROKER_CREDENTIALS_URL", webapp.url()))) {
      for (Block block : Guide.blocks("existing-table.md")) {
        switch (block.language()) {
          case "sql" -> {
            execute(webapp, block.text().split(";\\s*", 0));
            // a fresh MariaDB has a nameless user of this machine, who comes before all of any host
            String here =
                block.text().replace("tokenbroker_reader", "tokenbroker_reader@localhost");
            if (!here.equals(block.text())) {
              execute(webapp, here.split(";\\s*", 0));
            }
          }
          case "sh" -> guide.sh(block.text());
          default -> throw new AssertionError(block.language());
        }
      }
      guide.stop();
    }
  }

  private static List<String> secrets(Broker broker, int count) throws InterruptedException {
    return broker.cli("next", "42", "--count", Integer.toString(count), "--json").json().stream()
        .map(turn -> turn.get("secret").getAsString())
        .toList();
  }

  private static void execute(DatabaseSettings database, String... statements) throws SQLException {
    try (Connection connection = TestDatabase.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        boolean unused = statement.execute(sql);
      }
    }
  }
}
