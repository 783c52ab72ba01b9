package io.tokenbroker.server.sql;

import java.nio.file.Path;

/**
 * A database, and how to get in.
 *
 * @param keys the prefix of the configuration keys that these values are from, to be named where
 *     one of them is wrong: {@code database}, {@code credentials}, or {@code data} for the embedded
 *     database
 * @param url begins with jdbc:mysql:, jdbc:mariadb: or jdbc:sqlite:
 * @param poolSize connections, from 1
 */
public record DatabaseSettings(
    String keys, String url, String user, String password, int poolSize) {
  /** How to tell the broker of another data directory. */
  static final String FLAG = "--data (data, TOKENBROKER_DATA).";

  static final String SQLITE = "jdbc:sqlite:";

  private static final String EMBEDDED = "data";

  /** The embedded database in a directory; see {@link DataDirectory}. */
  public static DatabaseSettings embedded(Path directory, int poolSize) {
    Path file = directory.toAbsolutePath().normalize().resolve("tokenbroker.db");
    return new DatabaseSettings(EMBEDDED, SQLITE + file, "", "", poolSize);
  }

  DatabaseSettings withPoolSize(int connections) {
    return new DatabaseSettings(keys, url, user, password, connections);
  }

  boolean isFile() {
    return url.startsWith(SQLITE);
  }

  /** That of a SQLite URL, without its parameters. */
  Path file() {
    return Path.of(url.substring(SQLITE.length()).replaceFirst("\\?.*$", "")).toAbsolutePath();
  }

  /** Where the database is, for people. */
  String place() {
    return isFile() ? "The database file " + file() : "The database at " + keys + ".url";
  }

  /** The end of "choose another …". */
  String alternative() {
    return keys.equals(EMBEDDED) ? "directory: " + FLAG : "one in " + urlKey() + ".";
  }

  /** The key of the URL, and its variable. */
  String urlKey() {
    return "%s.url (%s)".formatted(keys, variable("URL"));
  }

  /** The environment variable of a key of the same section. */
  String variable(String name) {
    return "TOKENBROKER_" + (keys.equals("database") ? "DB" : "CREDENTIALS") + "_" + name;
  }

  /** Without the password, and the URL without its parameters, which may hold another. */
  @Override
  public String toString() {
    return "DatabaseSettings[" + MySqlUrl.location(url) + "]";
  }
}
