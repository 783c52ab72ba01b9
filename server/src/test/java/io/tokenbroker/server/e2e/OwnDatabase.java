package io.tokenbroker.server.e2e;

import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** How a broker is told to use a database. */
final class OwnDatabase {
  /** What the user of {@link #withPassword} logs in with. */
  static final String PASSWORD = Broker.SECRET + "password";

  private OwnDatabase() {}

  /** Settings for {@link Broker#start}, and others beside them. */
  static Map<String, String> settings(DatabaseSettings database, Map<String, String> others) {
    Map<String, String> settings = new HashMap<>(others);
    settings.put("DB_URL", database.url());
    settings.put("DB_USER", database.user());
    settings.put("DB_PASSWORD", database.password());
    return settings;
  }

  /** A new database on a server, whose user has a password to keep. */
  static DatabaseSettings withPassword(DatabaseServer server, String name) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.url(name), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      String user = "'" + name + "'@'%'";
      boolean unused =
          statement.execute("create user " + user + " identified by '" + PASSWORD + "'");
      unused = statement.execute("grant all on " + name + ".* to " + user);
    }
    return new DatabaseSettings("database", server.url(name), name, PASSWORD, 8);
  }
}
