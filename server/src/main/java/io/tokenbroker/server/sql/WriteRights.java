package io.tokenbroker.server.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Whether the broker may write in its own schema. */
final class WriteRights {
  /** They change nothing; a right that is missing fails them all the same. */
  private static final List<String> STATEMENTS =
      List.of(
          "insert into ring_position select * from ring_position where 1 = 0",
          "update ring_position set turn = turn where 1 = 0",
          "delete from ring_position where 1 = 0");

  private WriteRights() {}

  static void check(Connections connections) throws SQLException {
    Connection connection = connections.take();
    try (Statement statement = connection.createStatement()) {
      check(statement);
    } finally {
      connections.giveBack(connection, false);
    }
  }

  static void check(Statement statement) throws SQLException {
    for (String sql : STATEMENTS) {
      int unused = statement.executeUpdate(sql);
    }
  }
}
