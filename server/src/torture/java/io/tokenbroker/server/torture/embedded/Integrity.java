package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What SQLite itself says of a database that was left behind. */
final class Integrity {
  private static final byte[] HEADER = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  private Integrity() {}

  /** Looks at a copy, so that the broker finds all as it was left; returns how many it checked. */
  static int check(Path data, Path scratch, Findings findings) throws IOException {
    Trees.copy(data, scratch);
    int checked = 0;
    for (Path file : Trees.files(scratch)) {
      if (isDatabase(file)) {
        checked++;
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
            Statement statement = connection.createStatement()) {
          expect(statement, "pragma integrity_check", findings);
          expect(statement, "pragma foreign_key_check", findings);
        } catch (SQLException e) {
          findings.other("damaged databases", e.toString());
        }
      }
    }
    Trees.delete(scratch);
    return checked;
  }

  private static void expect(Statement statement, String pragma, Findings findings)
      throws SQLException {
    try (ResultSet rows = statement.executeQuery(pragma)) {
      while (rows.next()) {
        if (!"ok".equals(rows.getString(1))) {
          findings.other("damaged databases", pragma + ": " + rows.getString(1));
        }
      }
    }
  }

  private static boolean isDatabase(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return java.util.Arrays.equals(in.readNBytes(HEADER.length), HEADER);
    }
  }
}
