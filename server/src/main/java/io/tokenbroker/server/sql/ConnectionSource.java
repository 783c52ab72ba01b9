package io.tokenbroker.server.sql;

import java.sql.Connection;
import java.sql.SQLException;

/** Where connections come from. Thread-safe; a connection belongs to one thread at a time. */
sealed interface ConnectionSource extends AutoCloseable permits Connections, SqliteConnections {
  /** For one statement that only reads, however long it takes. To be given back. */
  default Connection take() throws SQLException {
    return take(0);
  }

  /**
   * For one statement that only reads. To be given back.
   *
   * @param patience as in {@link #begin}
   */
  Connection take(int patience) throws SQLException;

  /**
   * In a transaction that has begun. To be given back, which undoes what is not committed.
   *
   * @param patience in milliseconds, for each answer until it is given back: of a server that is
   *     silent for longer nothing is expected any more; 0 for the usual time
   */
  Connection begin(int patience) throws SQLException;

  void commit(Connection connection) throws SQLException;

  /**
   * Has the server keep the statements that are prepared until the connection is given back. That
   * is for those that come again and again and take longer to parse than to run.
   */
  default void keepStatements(Connection connection) throws SQLException {}

  /**
   * @param broken whether the way to the database broke, or what is behind it
   */
  void giveBack(Connection connection, boolean broken);

  /**
   * Whether transactions are judged as they commit, on all nodes of a cluster: a lock then keeps
   * nobody else out, unless what it locks is written.
   */
  default boolean isCluster() {
    return false;
  }

  /** From now on callers wait for connections. */
  void started();

  /** Closes all connections; what still runs on them fails. */
  @Override
  void close();
}
