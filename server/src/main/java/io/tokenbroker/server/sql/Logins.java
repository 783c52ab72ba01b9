package io.tokenbroker.server.sql;

import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.jdbc.JdbcConnection;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections. Thread-safe.
 *
 * <p>A start waits for a server that is slow to let one in: nobody else can, and the first TLS
 * handshake of a JVM takes seconds on a busy machine. Later, a caller waits for it.
 */
final class Logins implements DataSource {
  /**
   * In seconds: if nothing is heard for so long before a transaction ends, the database rolls it
   * back and lets go of its locks. So what is lost on the way keeps nobody else waiting. Outside of
   * transactions a connection may be idle for as long as the database's own settings say. MariaDB
   * has a setting for that; on MySQL, {@link Connections#begin} sets that of idle connections.
   */
  static final int IDLE_IN_TRANSACTION = 3;

  /** In milliseconds, for each answer up to the end of the login. */
  private static final int PATIENCE_AT_START = 30_000;

  private static final int PATIENCE_LATER = 1_000;

  private final JdbcUrl url;
  private final Properties login = new Properties();
  private volatile boolean started;
  private volatile boolean mariaDb;

  Logins(DatabaseSettings settings, JdbcUrl url) {
    this.url = url;
    login.putAll(url.properties());
    login.setProperty("user", settings.user());
    login.setProperty("password", settings.password());
  }

  /** From now on nobody waits for long. */
  void started() {
    started = true;
  }

  /**
   * For somebody who opens connections of their own: the user, the password, and what the driver is
   * told, but how long an answer may take.
   */
  Properties properties() {
    Properties properties = new Properties();
    properties.putAll(login);
    url.setTimeout(properties, JdbcUrl.CONNECT_TIMEOUT, patience());
    return properties;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Properties properties = properties();
    url.setTimeout(properties, JdbcUrl.SOCKET_TIMEOUT, patience());
    if (!url.says(JdbcUrl.SERVER_STATEMENTS)) {
      // only then the driver has room for them
      properties.setProperty(JdbcUrl.SERVER_STATEMENTS, "true");
    }
    Connection connection = DriverManager.getConnection(url.url(), properties);
    try {
      keepStatements(connection, false);
      connection.setNetworkTimeout(
          Runnable::run, url.milliseconds(JdbcUrl.SOCKET_TIMEOUT).orElse(JdbcUrl.ANSWER_TIMEOUT));
      mariaDb = isMariaDb(connection);
      if (mariaDb) {
        try (Statement statement = connection.createStatement()) {
          boolean unused =
              statement.execute("set session idle_transaction_timeout = " + IDLE_IN_TRANSACTION);
        }
      }
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /** {@link ConnectionSource#keepStatements}, unless the URL says what is to be done with all. */
  void keepStatements(Connection connection, boolean keep) throws SQLException {
    if (!url.says(JdbcUrl.SERVER_STATEMENTS)) {
      connection
          .unwrap(JdbcConnection.class)
          .getPropertySet()
          .getBooleanProperty(PropertyKey.useServerPrepStmts)
          .setValue(keep);
    }
  }

  /** Also one that the driver takes for MySQL. */
  boolean isMariaDb() {
    return mariaDb;
  }

  private static boolean isMariaDb(Connection connection) throws SQLException {
    return connection
        .getMetaData()
        .getDatabaseProductVersion()
        .toLowerCase(Locale.ROOT)
        .contains("mariadb");
  }

  private int patience() {
    return url.milliseconds(JdbcUrl.CONNECT_TIMEOUT)
        .orElse(started ? PATIENCE_LATER : PATIENCE_AT_START);
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  /** Of no effect: it would be that of all drivers in this process, at every time. */
  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
