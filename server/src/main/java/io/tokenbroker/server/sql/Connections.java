package io.tokenbroker.server.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;

/**
 * The connections to a database. Thread-safe.
 *
 * <p>While the database is out of reach, every taker first tries a connection of its own: a pool
 * with somebody waiting would try again by itself, ever more seldom, and see the return late.
 */
final class Connections implements ConnectionSource {
  /** In milliseconds, to get a connection. */
  private static final long TIMEOUT = 1_000;

  private final Logins logins;
  private final HikariDataSource pool;
  private volatile boolean distrusted;

  /** Throws a RuntimeException with a SQLException as its cause if there is no getting in. */
  Connections(DatabaseSettings settings, MySqlUrl url, boolean readOnly) {
    logins = new Logins(settings, url);
    HikariConfig config = new HikariConfig();
    config.setPoolName(settings.keys());
    config.setDataSource(logins);
    // tells the pool which driver's time-outs it sets
    config.setJdbcUrl(url.url());
    config.setMaximumPoolSize(settings.poolSize());
    // that of the start, which is kept for those who take one first: they would not wait as long
    config.setMinimumIdle(1);
    config.setConnectionTimeout(TIMEOUT);
    config.setValidationTimeout(TIMEOUT);
    // one try
    config.setInitializationFailTimeout(1);
    config.setReadOnly(readOnly);
    // MySQL's own would lock the gaps between rows, which brokers that share it mind
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    pool = new HikariDataSource(config);
    // none that nobody has asked for: see above
    pool.setMinimumIdle(0);
  }

  /** The user, the password, and what the driver is told. */
  Properties login() {
    return logins.properties();
  }

  @Override
  public boolean isCluster() {
    return logins.isCluster();
  }

  @Override
  public void started() {
    logins.started();
  }

  @Override
  public Connection take(int patience) throws SQLException {
    if (distrusted) {
      logins.getConnection().close();
      distrusted = false;
    }
    Connection connection;
    try {
      connection = pool.getConnection();
    } catch (SQLException e) {
      distrusted = true;
      throw e;
    }
    int usual = connection.getNetworkTimeout();
    if (patience > 0 && (usual == 0 || usual > patience)) {
      // until it is back in the pool
      connection.setNetworkTimeout(Runnable::run, patience);
    }
    return connection;
  }

  @Override
  public Connection begin(int patience) throws SQLException {
    Connection connection = take(patience);
    try {
      return begin(connection);
    } catch (SQLException e) {
      if (!SqlErrors.isUnavailable(e)) {
        throw e;
      }
    }
    // that one was of before the database's restart: the next one is of after it
    return begin(take(patience));
  }

  private Connection begin(Connection connection) throws SQLException {
    try {
      connection.setAutoCommit(false);
      if (!logins.isMariaDb()) {
        execute(connection, "set session wait_timeout = " + Logins.IDLE_IN_TRANSACTION);
      }
      return connection;
    } catch (SQLException e) {
      giveBack(connection, SqlErrors.isUnavailable(e));
      throw e;
    }
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    connection.commit();
    try {
      ended(connection);
    } catch (SQLException e) {
      // what is committed is committed; the pool will find that the connection is broken
    }
  }

  /** After a transaction: between them it may be idle for long. */
  private void ended(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    if (!logins.isMariaDb()) {
      execute(connection, "set session wait_timeout = default");
    }
  }

  @Override
  public void keepStatements(Connection connection) throws SQLException {
    logins.keepStatements(connection, true);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  @Override
  public void giveBack(Connection connection, boolean broken) {
    if (broken) {
      // the others are from before the same event
      distrusted = true;
      pool.getHikariPoolMXBean().softEvictConnections();
    }
    try {
      if (!broken) {
        logins.keepStatements(connection, false);
        if (!connection.getAutoCommit()) {
          connection.rollback();
          ended(connection);
        }
      }
    } catch (SQLException e) {
      // the pool will find that the connection is broken
    }
    try {
      connection.close();
    } catch (SQLException e) {
      // what was to be told of it, the work or its commit has told
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
