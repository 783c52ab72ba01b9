package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import io.tokenbroker.server.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code serve} says when it can't: one line with the remedy, and its exit code. */
class BadStartIT {
  private static final int DATABASE = 69;
  private static final int LISTEN = 71;
  private static final int CONFIG = 78;

  /** As long as it takes a later broker to make tables of version 999. */
  private static final String NEWER_SCHEMA =
      "insert into flyway_schema_history (installed_rank, version, description, type, script,"
          + " checksum, installed_by, execution_time, success) values"
          + " (999, '999', 'later', 'SQL', 'V999__later.sql', 1, 'later', 1, true)";

  @TempDir Path directory;

  private String refused(int exit, Map<String, String> settings, String... arguments)
      throws InterruptedException {
    return Refusal.of(List.of(), directory.resolve("data"), exit, settings, arguments);
  }

  @Test
  void wrongConfiguration() throws Exception {
    assertThat(refused(CONFIG, Map.of(), "--config", file("lisen: 127.0.0.1:1\n")))
        .contains("\"lisen\"", "\"listen\"");
    assertThat(refused(CONFIG, Map.of(), "--config", file("refresh_interval: 5\n")))
        .contains("refresh_interval", "\"5\"", "100ms to 1h");
    assertThat(refused(CONFIG, Map.of("REFRESH_INTERVAL", "2h")))
        .contains("TOKENBROKER_REFRESH_INTERVAL", "2h", "100ms to 1h");
    assertThat(refused(CONFIG, Map.of("DB_PASWORD", Broker.SECRET + "x")))
        .contains("TOKENBROKER_DB_PASWORD", "TOKENBROKER_DB_PASSWORD");
    assertThat(refused(CONFIG, Map.of(), "--config", directory.resolve("none.yaml").toString()))
        .contains("none.yaml");
    assertThat(refused(CONFIG, Map.of(), "--config", directory.toString()))
        .contains(directory.toString());
    assertThat(refused(CONFIG, Map.of(), "--config", file("\"x\n"))).contains("bad.yaml");
    assertThat(Files.exists(directory.resolve("data"))).isFalse();
  }

  private String file(String text) throws IOException {
    return Files.writeString(directory.resolve("bad.yaml"), text).toString();
  }

  @Test
  void plainTextLeavesThisMachineOnlyIfInsecure() throws Exception {
    assertThat(refused(CONFIG, Map.of("LISTEN", "0.0.0.0:0")))
        .contains("0.0.0.0", "--insecure", "TLS");
    Path data = directory.resolve("open");
    try (Broker broker = Broker.start(data, Map.of("LISTEN", "127.0.0.1:0"), "--insecure")) {
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void anAddressInUse() throws Exception {
    try (Broker first = Broker.start(directory.resolve("data"))) {
      // has made the keys for secrets, and said so
      assertThat(first.stop()).isZero();
    }
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + other.getLocalPort();
      assertThat(refused(LISTEN, Map.of(), "--listen", address)).contains(address, "--listen");
    }
  }

  @Test
  void aDataDirectoryInUseAndThenOneOfANewerBroker() throws Exception {
    Path data = directory.resolve("data");
    try (Broker broker = Broker.start(data)) {
      assertThat(refused(DATABASE, Map.of())).contains("nother broker", data.toString());
      assertThat(broker.stop()).isZero();
    }
    execute(DatabaseSettings.embedded(data, 1), NEWER_SCHEMA);
    assertThat(refused(DATABASE, Map.of())).contains("newer", "999");
  }

  @Test
  void aDatabaseThatCannotBeUsed() throws Exception {
    Map<String, String> settings;
    try (DatabaseServer server = DatabaseServer.launch(Product.MARIADB)) {
      DatabaseSettings database = OwnDatabase.withPassword(server, "bad_start");
      settings = OwnDatabase.settings(database, Map.of());

      Map<String, String> wrong = new HashMap<>(settings);
      wrong.put("DB_PASSWORD", Broker.SECRET + "wrong");
      assertThat(refused(DATABASE, wrong))
          .contains("'bad_start'", "database.password", "TOKENBROKER_DB_PASSWORD");

      try (Broker broker = Broker.start(directory.resolve("unused"), settings);
          Caller caller = broker.caller()) {
        assertThat(caller.add("a", 1, 1)).hasSize(1);
        assertThat(caller.next("a").getNumber()).isEqualTo(1);
        assertThat(broker.stop()).isZero();
      }
      execute(database, NEWER_SCHEMA);
      assertThat(refused(DATABASE, settings)).contains("newer", "999");
    }
    assertThat(refused(DATABASE, settings)).contains("can't be reached", "database.url");
  }

  private static void execute(DatabaseSettings database, String sql) throws SQLException {
    try (Connection connection = TestDatabase.connect(database);
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }
}
