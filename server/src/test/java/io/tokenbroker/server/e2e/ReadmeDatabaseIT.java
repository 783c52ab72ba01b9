package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What README.md says of a company's database, on one with another name, user and password. */
class ReadmeDatabaseIT {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mysql();

  @TempDir Path directory;

  @Test
  void keepsTheTokensThereEncrypted() throws Exception {
    DatabaseSettings database = SERVER.fresh(4);
    String block = Readme.commands(Readme.section(Readme.FOR_REAL)).get(2);
    StandIns settings =
        new StandIns(
            Map.of(
                "jdbc:mysql://db.example.com/tokenbroker", "'" + database.url() + "'",
                "DB_USER=tokenbroker", "DB_USER=" + database.user(),
                "DB_PASSWORD=… ", "DB_PASSWORD='" + database.password() + "' "));
    settings.requireIn(block);
    String serve = "exec tokenbroker serve --listen 127.0.0.1:0";
    try (Broker broker =
            Broker.of(Shell.of(directory, Map.of(), settings.in(block) + serve).start());
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 1, 1)).hasSize(1);
      assertThat(caller.next("acme").getSecret()).startsWith(Broker.SECRET);
      assertThat(broker.stop()).isZero();
    }
    assertThat(directory.resolve("keyset.json")).isNotEmptyFile();
    try (Connection connection = TestDatabase.connect(database);
        Statement statement = connection.createStatement();
        ResultSet tokens = statement.executeQuery("select secret from token")) {
      assertThat(tokens.next()).isTrue();
      assertThat(tokens.getString(1)).doesNotContain(Broker.SECRET);
    }
  }
}
