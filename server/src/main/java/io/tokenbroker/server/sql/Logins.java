package io.tokenbroker.server.sql;

import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.jdbc.JdbcConnection;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
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

  private static final String SYNC_WAIT = "wsrep_sync_wait";

  /**
   * SELECT, UPDATE and DELETE on a node of a Galera cluster wait until it has all that was
   * committed before them on any node: what is not found is not there. An INSERT is judged by its
   * keys.
   */
  private static final String SEE_ALL = "set session " + SYNC_WAIT + " = 3";

  private final MySqlUrl url;
  private final Properties login = new Properties();
  private volatile boolean started;
  private volatile boolean mariaDb;
  private volatile boolean cluster;

  Logins(DatabaseSettings settings, MySqlUrl url) {
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
    url.setTimeout(properties, MySqlUrl.CONNECT_TIMEOUT, patience());
    return properties;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Properties properties = properties();
    url.setTimeout(properties, MySqlUrl.SOCKET_TIMEOUT, patience());
    if (!url.says(MySqlUrl.SERVER_STATEMENTS)) {
      // only then the driver has room for them
      properties.setProperty(MySqlUrl.SERVER_STATEMENTS, "true");
    }
    Connection connection = DriverManager.getConnection(url.url(), properties);
    try {
      keepStatements(connection, false);
      connection.setNetworkTimeout(
          Runnable::run, url.milliseconds(MySqlUrl.SOCKET_TIMEOUT).orElse(MySqlUrl.ANSWER_TIMEOUT));
      mariaDb = isMariaDb(connection);
      try (Statement statement = connection.createStatement()) {
        if (mariaDb) {
          boolean unused =
              statement.execute("set session idle_transaction_timeout = " + IDLE_IN_TRANSACTION);
        }
        cluster = isCluster(statement);
        if (cluster && !url.mentions(SYNC_WAIT)) {
          boolean unused = statement.execute(SEE_ALL);
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
    if (!url.says(MySqlUrl.SERVER_STATEMENTS)) {
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

  /**
   * Whether the server is a node of a Galera cluster, which judges transactions as they commit: a
   * lock is this node's alone, unless what is locked is written as well.
   */
  boolean isCluster() {
    return cluster;
  }

  private static boolean isCluster(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("show variables like 'wsrep_on'")) {
      return row.next() && row.getString(2).equalsIgnoreCase("on");
    }
  }

  private int patience() {
    return url.milliseconds(MySqlUrl.CONNECT_TIMEOUT)
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
