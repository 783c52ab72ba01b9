package io.tokenbroker.server.scale;

import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A database server with the broker's schema in it, and accounts by the hundred thousand. */
final class ScaleDatabase implements AutoCloseable {
  static final int TOKENS = 4;

  private static final String NAME = "scale";
  private static final int PORTION = 50_000;
  private static final String DIGITS =
      "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4"
          + " union all select 5 union all select 6 union all select 7 union all select 8"
          + " union all select 9)";

  private final DatabaseServer server;

  ScaleDatabase(Product product) {
    server = DatabaseServer.launch(product);
  }

  /** For a broker, with options for its JVM. */
  Map<String, String> settings(String javaOptions) {
    return Map.of(
        "DB_URL",
        server.url(NAME),
        "DB_USER",
        server.user(),
        "DB_PASSWORD",
        server.password(),
        // all of them are to stay
        "ROTATION_MAX_LOADED_BYTES",
        "75%",
        "LISTEN_HTTP",
        "127.0.0.1:0",
        "JAVA_OPTS",
        javaOptions);
  }

  static String account(int number) {
    return "scale-%07d".formatted(number);
  }

  /** What the secrets of the last of so many accounts take of a heap: objects, texts, bytes. */
  static int secretBytes(int accounts) {
    int text = "made-up-%d-%d".formatted(accounts - 1, TOKENS - 1).length();
    return TOKENS * (24 + 24 + (16 + text + 7) / 8 * 8);
  }

  /** Accounts from 0 on, once a broker has made the tables. */
  void fill(int accounts) throws SQLException {
    execute("set global innodb_buffer_pool_size = " + 2048L * 1024 * 1024);
    for (int from = 0; from < accounts; from += PORTION) {
      String number = from + " + a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d";
      execute(
          "insert into token (account, secret, secret_hash)"
              + " select account, secret, unhex(sha2(secret, 256)) from (select"
              + " concat('scale-', lpad(n.n, 7, '0')) account,"
              + " concat('made-up-', n.n, '-', t.d) secret"
              + (" from (select " + number + " n from ")
              + (DIGITS + " a, " + DIGITS + " b, " + DIGITS + " c, ")
              + (DIGITS + " d, " + DIGITS + " e where e.d < 5 and ")
              + (number + " < " + accounts + ") n, " + DIGITS + " t where t.d < " + TOKENS)
              + " order by n.n, t.d) r");
    }
    execute("analyze table token");
  }

  /** As a person does. */
  int execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      boolean rows = statement.execute(sql);
      return rows ? 0 : statement.getUpdateCount();
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(server.url(NAME), server.user(), server.password());
  }

  /** Index entries and rows that the server has read since it started. */
  long reads() throws SQLException {
    long reads = 0;
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("show global status like 'Handler\\_read\\_%'")) {
      while (rows.next()) {
        String name = rows.getString(1);
        // not those of temporary tables, nor the tries that a read begins with
        if (name.equals("Handler_read_next") || name.equals("Handler_read_key")) {
          reads += rows.getLong(2);
        }
      }
    }
    return reads;
  }

  double processorSeconds() throws IOException {
    return Figures.processorSeconds(server.pid());
  }

  @Override
  public void close() {
    server.close();
  }
}
