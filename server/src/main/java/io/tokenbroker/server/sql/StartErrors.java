package io.tokenbroker.server.sql;

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
          case 1045, 28000 -> refused(where, settings);
          case 3118, 4151 ->
              ("The account of user '%s' in %s is locked. Unlock it (ALTER USER … ACCOUNT UNLOCK), or"
                      + " set another %s (%s).")
                  .formatted(settings.user(), where, key(keys, "user"), variable(keys, "USER"));
          case 1044, 1142, 1227 ->
              ("The database user '%s' may not do what the broker needs in %s, or the name of the"
                      + " database is misspelt. Grant it ALL on that database (SELECT suffices for"
                      + " credentials.url), set another %s (%s), or check %s (%s).")
                  .formatted(
                      settings.user(),
                      where,
                      key(keys, "user"),
                      variable(keys, "USER"),
                      key(keys, "url"),
                      variable(keys, "URL"));
          case 1049 ->
              ("There is no database %s. Create it (CREATE DATABASE … CHARACTER SET utf8mb4), or"
                      + " check %s (%s).")
                  .formatted(where, key(keys, "url"), variable(keys, "URL"));
          case 1046 ->
              "%s names no database. Add its name behind a slash: %s (%s)."
                  .formatted(where, key(keys, "url"), variable(keys, "URL"));
          default -> other(e, where, keys);
        });
  }

  private static String refused(String where, DatabaseSettings settings) {
    String keys = settings.keys();
    String user = "%s (%s)".formatted(key(keys, "user"), variable(keys, "USER"));
    String password = "%s (%s)".formatted(key(keys, "password"), variable(keys, "PASSWORD"));
    if (settings.user().isEmpty()) {
      return "The database %s wants a user, and none was set. Set %s and %s."
          .formatted(where, user, password);
    }
    if (settings.password().isEmpty()) {
      return "The database %s refuses user '%s' without a password, and none was set. Set %s."
          .formatted(where, settings.user(), password);
    }
    return "The database %s refuses user '%s' with this password. Check %s and %s."
        .formatted(where, settings.user(), user, password);
  }

  private static String other(SQLException e, String where, String keys) {
    String url = "%s (%s)".formatted(key(keys, "url"), variable(keys, "URL"));
    String setUp = SetUpErrors.explain(e, where, url);
    if (setUp != null) {
      return setUp;
    }
    if (SqlErrors.isUnavailable(e)) {
      return "The database %s can't be reached (%s). Start it, or check %s."
          .formatted(where, SqlErrors.describe(e), url);
    }
    return "The database %s can't be used (%s). Check %s."
        .formatted(where, SqlErrors.describe(e), url);
  }

  private static String key(String keys, String name) {
    return keys + "." + name;
  }

  private static String variable(String keys, String name) {
    return "TOKENBROKER_" + (keys.equals("database") ? "DB" : "CREDENTIALS") + "_" + name;
  }
}
