package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.nio.file.Path;
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
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Brings the broker's own schema to the version that this broker was made for. */
final class Migrations {
  /** The newest in db/migration and in db/sqlite, which go together. */
  static final int NEWEST = 9;

  private final DatabaseSettings settings;
  private final ConnectionSource connections;
  private final FluentConfiguration flyway;

  private Migrations(
      DatabaseSettings settings, ConnectionSource connections, FluentConfiguration flyway) {
    this.settings = settings;
    this.connections = connections;
    this.flyway = flyway;
  }

  static Migrations ofServer(DatabaseSettings settings, MySqlUrl url, Connections connections) {
    // on connections of its own: a migration may take longer than the broker's time-outs
    Properties login = connections.login();
    Map<String, String> properties = new HashMap<>();
    login.stringPropertyNames().forEach(name -> properties.put(name, login.getProperty(name)));
    return new Migrations(
        settings,
        connections,
        flyway("db/migration")
            .dataSource(url.url(), settings.user(), settings.password())
            .jdbcProperties(properties));
  }

  static Migrations ofFile(DatabaseSettings settings, SqliteConnections connections) {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    return new Migrations(settings, connections, sqlite(settings.url(), config));
  }

  /** Makes the schema in a file that nobody relies on yet: a crash may leave it as it likes. */
  static void createSqlite(Path file, DatabaseSettings settings) {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
    config.setJournalMode(SQLiteConfig.JournalMode.MEMORY);
    migrate(sqlite(DatabaseSettings.SQLITE + file, config), settings);
  }

  private static FluentConfiguration sqlite(String url, SQLiteConfig config) {
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl(url);
    return flyway("db/sqlite").dataSource(source);
  }

  private static FluentConfiguration flyway(String folder) {
    return Flyway.configure(Migrations.class.getClassLoader())
        .loggers("slf4j")
        .locations("classpath:" + folder)
        .placeholderReplacement(false);
  }

  void run() throws SQLException {
    boolean upToDate;
    Connection connection = connections.take();
    try (Statement statement = connection.createStatement()) {
      upToDate = isUpToDate(statement, settings);
    } finally {
      connections.giveBack(connection, false);
    }
    if (!upToDate) {
      migrate(flyway, settings);
    }
  }

  /**
   * Spares Flyway, which takes its time to start; and refuses what Flyway would let pass.
   *
   * @throws StoreStartException if a newer broker was here
   */
  static boolean isUpToDate(Statement statement, DatabaseSettings settings) throws SQLException {
    int newest = 0;
    boolean allSucceeded = true;
    try (ResultSet rows =
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
          ("%s has a schema of a newer broker (version %d; this one knows %d)."
                  + " Start that broker, or restore a backup of before its first start.")
              .formatted(settings.place(), newest, NEWEST));
    }
    return newest == NEWEST && allSucceeded;
  }

  /** Whether there has been any. */
  static boolean isBegun(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("select count(*) from flyway_schema_history")) {
      return rows.next();
    } catch (SQLException e) {
      if (SqlErrors.isMissingTable(e)) {
        return false;
      }
      throw e;
    }
  }

  /** What comes before a dot; a version that isn't made of numbers is none of ours. */
  private static int number(String version) {
    try {
      return Integer.parseInt(version.replaceFirst("\\..*$", ""));
    } catch (NumberFormatException e) {
      return Integer.MAX_VALUE;
    }
  }

  private static void migrate(FluentConfiguration flyway, DatabaseSettings settings) {
    try {
      flyway.load().migrate();
    } catch (FlywayException e) {
      throw explain(e, settings);
    }
  }

  private static StoreStartException explain(FlywayException e, DatabaseSettings settings) {
    SQLException cause = SqlErrors.find(e);
    if (cause != null) {
      return settings.isFile()
          ? SqliteErrors.explain(cause, settings)
          : StartErrors.explain(cause, settings);
    }
    if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
      return new StoreStartException(
          "%s has tables of something else. Give the broker one of its own."
              .formatted(settings.place()));
    }
    return new StoreStartException(
        ("The schema of %s can't be brought up to date (%s). If an earlier try failed half way,"
                + " restore a backup or empty the database.")
            .formatted(settings.place().replaceFirst("^The", "the"), e.getErrorCode()));
  }
}
