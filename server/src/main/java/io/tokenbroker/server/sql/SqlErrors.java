package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.store.StoreExecutor;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the errors of the three databases mean to the broker. */
final class SqlErrors {
  private static final Set<Integer> MYSQL_UNAVAILABLE =
      Set.of(
          1040, // too many connections
          1044, // access denied to the database
          1045, // access denied
          1049, // no such database
          1053, // shutting down
          1129, // host is blocked
          1130, // host is not allowed
          1180, // a commit failed: of a node that lost its cluster nobody knows how it ended
          1203, // too many connections of this user
          1927, // connection was killed (MariaDB)
          4031); // disconnected for being idle

  private static final Set<Integer> READ_ONLY =
      Set.of(
          1290, // by an option, in a fail-over
          1836);

  private static final Set<Integer> REFUSED =
      Set.of(
          1142, // of a table
          1143, // of a column
          1227); // an administrator's right

  // SQLite's are below 100, MySQL's above 1,000

  private static final Set<Integer> SQLITE_UNAVAILABLE =
      Set.of(
          SqliteErrors.PERM,
          SqliteErrors.NOMEM,
          SqliteErrors.READONLY,
          SqliteErrors.IOERR,
          SqliteErrors.CORRUPT,
          SqliteErrors.CANTOPEN,
          SqliteErrors.NOTADB);

  private static final Set<Integer> CONTENTION =
      Set.of(
          1205, // lock wait timeout
          1213, // deadlock
          1020, // record changed since it was read (MariaDB)
          SqliteErrors.BUSY,
          SqliteErrors.LOCKED);

  private SqlErrors() {}

  static boolean isUnavailable(SQLException e) {
    String state = state(e);
    return e instanceof SQLTransientConnectionException
        || e instanceof SQLNonTransientConnectionException
        || e instanceof SQLRecoverableException
        || state.startsWith("08")
        || state.equals("28000")
        || state.equals("70100")
        // Connector/J, of a statement that was closed with its connection
        || state.equals("S1009")
        || MYSQL_UNAVAILABLE.contains(e.getErrorCode())
        || READ_ONLY.contains(e.getErrorCode())
        || SQLITE_UNAVAILABLE.contains(e.getErrorCode());
  }

  /**
   * Whether somebody else's transaction was in the way: the whole transaction may be tried again.
   */
  static boolean isContention(SQLException e) {
    return state(e).equals("40001") || CONTENTION.contains(e.getErrorCode()) || isDuplicate(e);
  }

  static boolean isMissingTable(SQLException e) {
    return e.getErrorCode() == 1146
        || (e.getErrorCode() == SqliteErrors.ERROR
            && String.valueOf(e.getMessage()).contains("no such table"));
  }

  private static boolean isDuplicate(SQLException e) {
    return e.getErrorCode() == 1062;
  }

  /** The first SQLException among the causes; null if there is none. */
  static @Nullable SQLException find(@Nullable Throwable e) {
    Throwable cause = e;
    while (cause != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    return (SQLException) cause;
  }

  /**
   * What the rest of the broker gets to see of a failure.
   *
   * @param own whether it is about the broker's own schema; in another one, people drop tables and
   *     take back permissions, and once they have set it right the next try succeeds
   */
  static RuntimeException translate(Exception e, boolean own) {
    SQLException cause = find(e);
    if (e instanceof BrokerException || cause == null) {
      return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
    if (own && isContention(cause)) {
      return answered("Others are changing the same rows. Try again.", cause);
    }
    if (cause.getErrorCode() == SqliteErrors.FULL) {
      return answered("The disk of the database is full. Try again.", cause);
    }
    if (READ_ONLY.contains(cause.getErrorCode())) {
      return answered("The database is read-only at present. Try again.", cause);
    }
    if (isUnavailable(cause)) {
      return unavailable("The database is not available. Try again.", cause);
    }
    if (own && REFUSED.contains(cause.getErrorCode())) {
      return answered("The broker's user of the database lacks a right, see its log.", cause);
    }
    return own
        ? failed(cause)
        : answered("The table of credentials can't be read at present. Try again.", cause);
  }

  private static BrokerException unavailable(String message, SQLException cause) {
    return BrokerException.storeUnavailable(
        message, StoreExecutor.RETRY_AFTER, withoutValues(cause));
  }

  /** Of one table or row: no reason to keep others away from the database. */
  private static BrokerException answered(String message, SQLException cause) {
    return BrokerException.storeRefused(message, StoreExecutor.RETRY_AFTER, withoutValues(cause));
  }

  /** In place of the error, whose own message may quote a value. */
  private static RuntimeException failed(SQLException e) {
    IllegalStateException failure =
        new IllegalStateException("The database failed: " + describe(e));
    failure.setStackTrace(e.getStackTrace());
    return failure;
  }

  /** The same error for the log, whose message quotes no value. */
  private static SQLException withoutValues(SQLException e) {
    SQLException copy = new SQLException(describe(first(e)), e.getSQLState(), e.getErrorCode());
    copy.setStackTrace(e.getStackTrace());
    return copy;
  }

  /** The error without the values that it may quote, such as a secret that is too long. */
  static String describe(SQLException e) {
    String numbers = "SQL state %s, error %d".formatted(state(e), e.getErrorCode());
    if (e.getErrorCode() == 0) {
      // the driver's own error, which may quote the whole URL; what the network said does not
      return root(e) instanceof IOException network
          ? String.valueOf(network.getMessage())
          : numbers;
    }
    if (e.getErrorCode() == SqliteErrors.FULL) {
      return "the disk is full";
    }
    boolean aboutNames = state(e).startsWith("42") && e.getErrorCode() != 1064;
    String message = e.getMessage();
    return message != null && (aboutNames || isUnavailable(e))
        ? numbers + ": " + message.lines().findFirst().orElse("")
        : numbers;
  }

  /** What was behind it, where the pool says no more than that it has no connection. */
  private static SQLException first(SQLException e) {
    SQLException first = e;
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException earlier) {
        first = earlier;
      }
    }
    return first;
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String state(SQLException e) {
    String state = e.getSQLState();
    return state == null ? "" : state;
  }
}
