package io.tokenbroker.server.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

/**
 * The connections to a database. Thread-safe.
 *
 * <p>While the database is out of reach, every taker first tries a connection of its own: a pool
 * with somebody waiting would try again by itself, ever more seldom, and see the return late.
 */
final class Connections implements AutoCloseable {
  /** In milliseconds, to get a connection. */
  private static final long TIMEOUT = 1_000;

  /** To open a file takes longer after a crash, or on a busy machine, and nobody else can. */
  private static final long EMBEDDED_TIMEOUT = 10_000;

  private final boolean embedded;
  private final Logins logins;
  private final HikariDataSource pool;
  private volatile boolean distrusted;

  /** Throws a RuntimeException with a SQLException as its cause if there is no getting in. */
  Connections(DatabaseSettings settings, JdbcUrl url, boolean readOnly) {
    embedded = url.embedded();
    logins = new Logins(settings, url);
    HikariConfig config = new HikariConfig();
    config.setPoolName(settings.keys());
    config.setDataSource(logins);
    // tells the pool which driver's time-outs it sets
    config.setJdbcUrl(url.url());
    config.setMaximumPoolSize(settings.poolSize());
    // that of the start, which is kept for those who take one first: they would not wait as long
    config.setMinimumIdle(1);
    long timeout = url.embedded() ? EMBEDDED_TIMEOUT : TIMEOUT;
    config.setConnectionTimeout(timeout);
    config.setValidationTimeout(timeout);
    // one try
    config.setInitializationFailTimeout(1);
    config.setReadOnly(readOnly);
    // H2's own; MySQL's would lock the gaps between rows, which brokers that share it mind
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    if (url.embedded()) {
      // H2 closes the file with its last connection
      config.setIdleTimeout(0);
      config.setMaxLifetime(0);
    }
    pool = new HikariDataSource(config);
    // none that nobody has asked for: see above
    pool.setMinimumIdle(0);
  }

  /** The user, the password, and what the driver is told. */
  Properties login() {
    return logins.properties();
  }

  /** From now on callers wait for connections. */
  void started() {
    logins.started();
  }

  Connection take() throws SQLException {
    if (distrusted) {
      logins.getConnection().close();
      distrusted = false;
    }
    try {
      return pool.getConnection();
    } catch (SQLException e) {
      distrusted = true;
      throw e;
    }
  }

  /**
   * For each answer, until the connection is back in the pool. A shorter time in the URL counts.
   *
   * @param patience in milliseconds
   */
  void limit(Connection connection, int patience) throws SQLException {
    if (!embedded) {
      int usual = connection.getNetworkTimeout();
      if (usual == 0 || usual > patience) {
        connection.setNetworkTimeout(Runnable::run, patience);
      }
    }
  }

  /** To be told when a connection broke: the others are from before the same event. */
  void distrust() {
    distrusted = true;
    pool.getHikariPoolMXBean().softEvictConnections();
  }

  @Override
  public void close() {
    pool.close();
  }
}
