package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/**
 * What a start would find in the broker's own database. Nothing in it is changed.
 *
 * @param product its name and version
 * @param made whether tables are there, of whichever version
 * @param upToDate whether they are, of the newest version; a start makes them else
 * @param mayMakeTables false if it seems that this user may not; nobody can tell for certain
 * @param ahead by how much its clock is ahead of the one here, about; negative if it is behind
 */
public record DatabaseInspection(
    String product, boolean made, boolean upToDate, boolean mayMakeTables, Duration ahead) {
  private static final long MILLIS = 1_000;

  /**
   * Waits up to 30 s for a server.
   *
   * @throws StoreStartException if a start would fail, with the remedy
   */
  public static DatabaseInspection of(DatabaseSettings settings, InstantSource clock) {
    return settings.isFile() ? ofFile(settings) : ofServer(settings, clock);
  }

  private static DatabaseInspection ofFile(DatabaseSettings settings) {
    SqliteLibrary.locate();
    try {
      boolean upToDate = new SqliteFile(settings).isUpToDate();
      return new DatabaseInspection(
          "SQLite", Files.exists(settings.file()), upToDate, true, Duration.ZERO);
    } catch (SQLException e) {
      throw SqliteErrors.explain(e, settings);
    }
  }

  private static DatabaseInspection ofServer(DatabaseSettings settings, InstantSource clock) {
    Logins logins = new Logins(settings, new MySqlUrl(settings, true));
    try (Connection connection = logins.getConnection();
        Statement statement = connection.createStatement()) {
      Duration ahead = ahead(statement, clock);
      boolean upToDate = Migrations.isUpToDate(statement, settings);
      if (upToDate) {
        WriteRights.check(statement);
      }
      return new DatabaseInspection(
          connection.getMetaData().getDatabaseProductName()
              + " "
              + connection.getMetaData().getDatabaseProductVersion(),
          Migrations.isBegun(statement),
          upToDate,
          mayMakeTables(statement),
          ahead);
    } catch (SQLException e) {
      throw StartErrors.explain(e, settings);
    }
  }

  private static Duration ahead(Statement statement, InstantSource clock) throws SQLException {
    Instant before = clock.instant();
    try (ResultSet time = statement.executeQuery("select unix_timestamp(now(3))")) {
      Instant after = clock.instant();
      if (!time.next()) {
        return Duration.ZERO;
      }
      Instant there =
          Instant.ofEpochMilli(
              time.getBigDecimal(1).multiply(BigDecimal.valueOf(MILLIS)).longValue());
      return Duration.between(before.plus(Duration.between(before, after).dividedBy(2)), there);
    }
  }

  private static boolean mayMakeTables(Statement statement) throws SQLException {
    try (ResultSet grants = statement.executeQuery("show grants")) {
      while (grants.next()) {
        String grant = grants.getString(1).toUpperCase(Locale.ROOT);
        // of a role nobody here knows what it may
        if (grant.matches("GRANT (ALL PRIVILEGES|(.*, )?CREATE)\\b.*") || !grant.contains(" ON ")) {
          return true;
        }
      }
      return false;
    }
  }
}
