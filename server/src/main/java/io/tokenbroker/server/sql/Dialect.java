package io.tokenbroker.server.sql;

import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jooq.SelectForUpdateStep;
import org.jooq.Table;

/** What the databases say differently, and jOOQ does not say for us. */
enum Dialect {
  SERVER {
    @Override
    String clock() {
      return "utc_timestamp(6)";
    }

    @Override
    String changeClock() {
      return "current_timestamp(6)";
    }

    @Override
    String rowNumber() {
      return "coalesce(timestampdiff(microsecond, timestamp '2020-01-01 00:00:00', {0}), 0) * 31"
          + " + mod({1}, 4294967296)";
    }

    @Override
    String sha256() {
      return "unhex(sha2({0}, 256))";
    }

    @Override
    String unchangedTimes() {
      return ", update_time = update_time, change_time = change_time";
    }

    @Override
    String insertIfAbsent() {
      return "insert ignore";
    }

    @Override
    String ifThere(List<String> key) {
      return "on duplicate key update";
    }

    @Override
    String proposed(String column) {
      return "values(" + column + ")";
    }

    @Override
    String greatest(String one, String other) {
      return "greatest(" + one + ", " + other + ")";
    }

    @Override
    <R extends Record> Table<R> byIndex(Table<R> table, String index) {
      return table.forceIndex(index);
    }

    @Override
    int fetchSize() {
      return Integer.MIN_VALUE;
    }

    @Override
    List<String> snapshot() {
      return List.of(
          "set transaction isolation level repeatable read",
          "start transaction with consistent snapshot, read only");
    }

    @Override
    <R extends Record> ResultQuery<R> locked(SelectForUpdateStep<R> rows) {
      return rows.forUpdate();
    }

    @Override
    <R extends Record> ResultQuery<R> lockedIfFree(SelectForUpdateStep<R> rows) {
      return rows.forUpdate().skipLocked();
    }
  },

  SQLITE {
    @Override
    String clock() {
      return SqliteTime.CLOCK;
    }

    @Override
    String changeClock() {
      return clock();
    }

    /** Below 2^40: the sum of eight million rows fits into what SQLite sums with. */
    @Override
    String rowNumber() {
      return "((coalesce(unixepoch({0}), 0) * 1000000 + cast(substr({0}, 21) as integer)) * 31 + {1})"
          + " & 1099511627775";
    }

    @Override
    String sha256() {
      return SqliteFunctions.SHA256 + "({0})";
    }

    /** A trigger knows. */
    @Override
    String unchangedTimes() {
      return "";
    }

    @Override
    String insertIfAbsent() {
      return "insert or ignore";
    }

    @Override
    String ifThere(List<String> key) {
      return "on conflict (" + String.join(", ", key) + ") do update set";
    }

    @Override
    String proposed(String column) {
      return "excluded." + column;
    }

    @Override
    String greatest(String one, String other) {
      return "max(" + one + ", " + other + ")";
    }

    /** It takes the right one by itself. */
    @Override
    <R extends Record> Table<R> byIndex(Table<R> table, String index) {
      return table;
    }

    @Override
    int fetchSize() {
      return 0;
    }

    /** What the first read sees, all others do. */
    @Override
    List<String> snapshot() {
      return List.of("begin");
    }

    /** Who writes has the whole file. */
    @Override
    <R extends Record> ResultQuery<R> locked(SelectForUpdateStep<R> rows) {
      return rows;
    }

    @Override
    <R extends Record> ResultQuery<R> lockedIfFree(SelectForUpdateStep<R> rows) {
      return rows;
    }
  };

  static Dialect of(DSLContext context) {
    return of(context.dialect());
  }

  static Dialect of(SQLDialect dialect) {
    return dialect == SQLDialect.SQLITE ? SQLITE : SERVER;
  }

  /** The time in UTC when the statement began, as a time is stored. */
  abstract String clock();

  /**
   * The same as the default of change_time has it: a TIMESTAMP is read and compared in the
   * session's time zone, which a URL with session variables of its own may choose.
   */
  abstract String changeClock();

  /** A number of a row, of its update_time {0} and its id {1}; see {@link TokenRows#ROW_NUMBER}. */
  abstract String rowNumber();

  /** Of the text {0}, 32 bytes. */
  abstract String sha256();

  /** The end of a SET for rows of token that stay as they are to who looks for changes. */
  abstract String unchangedTimes();

  /** How an INSERT begins that leaves alone what has its key. */
  abstract String insertIfAbsent();

  /** Before the columns that an INSERT sets where a row has its key. */
  abstract String ifThere(List<String> key);

  /** The value that such an INSERT would have inserted. */
  abstract String proposed(String column);

  abstract String greatest(String one, String other);

  /** A table that is read by one of its indexes, whatever the database thinks is in it. */
  abstract <R extends Record> Table<R> byIndex(Table<R> table, String index);

  /** With which the driver hands out rows as they come, and does not first collect them all. */
  abstract int fetchSize();

  /** What is read from here to a commit is all of one moment. */
  abstract List<String> snapshot();

  /** Within a transaction, until its end. */
  abstract <R extends Record> ResultQuery<R> locked(SelectForUpdateStep<R> rows);

  /** Without those that another transaction has locked. */
  abstract <R extends Record> ResultQuery<R> lockedIfFree(SelectForUpdateStep<R> rows);
}
