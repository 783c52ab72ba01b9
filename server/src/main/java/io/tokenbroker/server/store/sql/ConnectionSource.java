package io.tokenbroker.server.store.sql;

import java.sql.Connection;
import java.sql.SQLException;

/** Where connections come from. Thread-safe; a connection belongs to one thread at a time. */
sealed interface ConnectionSource extends AutoCloseable permits Connections, SqliteConnections {
  /** For one statement that only reads. To be given back. */
  Connection take() throws SQLException;

  /** In a transaction that has begun. To be given back, which undoes what is not committed. */
  Connection begin() throws SQLException;

  void commit(Connection connection) throws SQLException;

  /**
   * @param broken whether the way to the database broke, or what is behind it
   */
  void giveBack(Connection connection, boolean broken);

  /** From now on callers wait for connections. */
  void started();

  /** Closes all connections; what still runs on them fails. */
  @Override
  void close();
}
