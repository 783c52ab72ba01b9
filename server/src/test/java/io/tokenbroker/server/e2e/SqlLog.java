package io.tokenbroker.server.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** The general log of a MySQL or MariaDB server: every statement that others sent to it. */
final class SqlLog implements AutoCloseable {
  private final Connection connection;

  /** Begins to log, with an empty log. */
  SqlLog(Connection connection) throws SQLException {
    this.connection = connection;
    execute("set global log_output = 'TABLE'");
    clear();
    execute("set global general_log = 1");
  }

  void clear() throws SQLException {
    execute("truncate table mysql.general_log");
  }

  List<String> statements() throws SQLException {
    return query(
        "select argument from mysql.general_log where command_type in ('Query', 'Execute')"
            + " and thread_id <> connection_id()");
  }

  /** Those that read tokens with their secrets. */
  long loads() throws SQLException {
    return statements().stream()
        .filter(sql -> sql.startsWith("select") && sql.contains("`secret`"))
        .count();
  }

  private List<String> query(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet results = statement.executeQuery()) {
      while (results.next()) {
        rows.add(results.getString(1));
      }
    }
    return rows;
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    execute("set global general_log = 0");
    connection.close();
  }
}
