package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Says what a person can do about a database that can't be used. */
final class StartErrors {
  private StartErrors() {}

  static StoreStartException explain(@Nullable SQLException e, DatabaseSettings settings) {
    String keys = settings.keys();
    String where = JdbcUrl.location(settings.url());
    if (e == null) {
      return new StoreStartException(
          "The database %s can't be used. Check %s.url.".formatted(where, keys));
    }
    return new StoreStartException(
        switch (e.getErrorCode()) {
          case 1045, 28000 ->
              "The database %s refuses user '%s' with this password. Check %s (%s) and %s (%s)."
                  .formatted(
                      where,
                      settings.user(),
                      key(keys, "user"),
                      variable(keys, "USER"),
                      key(keys, "password"),
                      variable(keys, "PASSWORD"));
          case 1044, 1142, 1227, 90096 ->
              ("The database user '%s' may not do what the broker needs in %s. Grant it ALL on that"
                      + " database (SELECT suffices for credentials.url), or set another %s (%s).")
                  .formatted(settings.user(), where, key(keys, "user"), variable(keys, "USER"));
          case 1049 ->
              ("There is no database %s. Create it (CREATE DATABASE … CHARACTER SET utf8mb4), or"
                      + " check %s (%s).")
                  .formatted(where, key(keys, "url"), variable(keys, "URL"));
          case 1046 ->
              "%s names no database. Add its name behind a slash: %s (%s)."
                  .formatted(where, key(keys, "url"), variable(keys, "URL"));
          case 90020 ->
              "Another broker already uses %s. Stop it, or give this one a directory of its own: %s"
                  .formatted(where, DatabaseSettings.FLAG);
          case 90028, 90030, 90031 ->
              ("The database file of %s is damaged or can't be read or written (%s). Check the disk"
                      + " and its permissions, put a backup in the file's place, or choose another"
                      + " directory: %s")
                  .formatted(where, SqlErrors.describe(e), DatabaseSettings.FLAG);
          default -> other(e, where, keys);
        });
  }

  private static String other(SQLException e, String where, String keys) {
    String message = e.getMessage();
    if (message != null && message.contains("Public Key Retrieval")) {
      return ("The database %s has no TLS, so that the password can't be sent. Turn on TLS there, or"
              + " accept the risk with allowPublicKeyRetrieval=true in %s (%s).")
          .formatted(where, key(keys, "url"), variable(keys, "URL"));
    }
    if (SqlErrors.isUnavailable(e)) {
      return "The database %s can't be reached (%s). Start it, or check %s (%s)."
          .formatted(where, SqlErrors.describe(e), key(keys, "url"), variable(keys, "URL"));
    }
    return "The database %s can't be used (%s). Check %s (%s)."
        .formatted(where, SqlErrors.describe(e), key(keys, "url"), variable(keys, "URL"));
  }

  private static String key(String keys, String name) {
    return keys + "." + name;
  }

  private static String variable(String keys, String name) {
    return "TOKENBROKER_" + (keys.equals("database") ? "DB" : "CREDENTIALS") + "_" + name;
  }
}
