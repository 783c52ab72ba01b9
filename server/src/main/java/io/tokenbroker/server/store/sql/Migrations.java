package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;

/** Brings the broker's own schema to the version that this broker was made for. */
final class Migrations {
  /** The newest in db/migration. */
  static final int NEWEST = 5;

  private final DatabaseSettings settings;
  private final JdbcUrl url;
  private final Connections connections;

  Migrations(DatabaseSettings settings, JdbcUrl url, Connections connections) {
    this.settings = settings;
    this.url = url;
    this.connections = connections;
  }

  void run() throws SQLException {
    boolean upToDate;
    try (Connection connection = connections.take()) {
      upToDate = isUpToDate(connection);
    }
    if (!upToDate) {
      migrate();
    }
  }

  /** Spares Flyway, which takes its time to start; and refuses what Flyway would let pass. */
  private boolean isUpToDate(Connection connection) throws SQLException {
    int newest = 0;
    boolean allSucceeded = true;
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select version, success from flyway_schema_history where version is not null")) {
      while (rows.next()) {
        newest = Math.max(newest, number(rows.getString(1)));
        allSucceeded &= rows.getBoolean(2);
      }
    } catch (SQLException e) {
      if (SqlErrors.isMissingTable(e)) {
        return false;
      }
      throw e;
    }
    if (newest > NEWEST) {
      throw new StoreStartException(
          ("The database at %s.url has a schema of a newer broker (version %d; this one knows %d)."
                  + " Start that broker, or restore a backup of before its first start.")
              .formatted(settings.keys(), newest, NEWEST));
    }
    return newest == NEWEST && allSucceeded;
  }

  /** What comes before a dot; a version that isn't made of numbers is none of ours. */
  private static int number(String version) {
    try {
      return Integer.parseInt(version.replaceFirst("\\..*$", ""));
    } catch (NumberFormatException e) {
      return Integer.MAX_VALUE;
    }
  }

  private void migrate() {
    // on connections of its own: a migration may take longer than the broker's time-outs
    Properties login = connections.login();
    Map<String, String> properties = new HashMap<>();
    login.stringPropertyNames().forEach(name -> properties.put(name, login.getProperty(name)));
    try {
      Flyway.configure(Migrations.class.getClassLoader())
          .loggers("slf4j")
          .locations("classpath:db/migration")
          .placeholderReplacement(false)
          .dataSource(url.url(), settings.user(), settings.password())
          .jdbcProperties(properties)
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw explain(e);
    }
  }

  private StoreStartException explain(FlywayException e) {
    SQLException cause = SqlErrors.find(e);
    if (cause != null) {
      return StartErrors.explain(cause, settings);
    }
    if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
      return new StoreStartException(
          "The database at %s.url has tables of something else. Give the broker one of its own."
              .formatted(settings.keys()));
    }
    return new StoreStartException(
        ("The schema at %s.url can't be brought up to date (%s). If an earlier try failed half way,"
                + " restore a backup or empty the database.")
            .formatted(settings.keys(), e.getErrorCode()));
  }
}
