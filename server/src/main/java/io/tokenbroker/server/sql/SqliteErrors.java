package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.sql.SQLException;

/** SQLite's numbers of errors, and what a person can do about a file that can't be used. */
final class SqliteErrors {
  static final int ERROR = 1;
  static final int PERM = 3;
  static final int BUSY = 5;
  static final int LOCKED = 6;
  static final int NOMEM = 7;
  static final int READONLY = 8;
  static final int IOERR = 10;
  static final int CORRUPT = 11;
  static final int FULL = 13;
  static final int CANTOPEN = 14;
  static final int NOTADB = 26;

  /** The -wal of another file would be taken for the newest changes of the backup. */
  static final String RESTORE =
      "Move it away together with its -wal and -shm, and put a backup in its place";

  private SqliteErrors() {}

  static StoreStartException explain(SQLException e, DatabaseSettings settings) {
    return refused(
        settings,
        switch (e.getErrorCode()) {
          case NOTADB ->
              "is no SQLite database: it is of another program, or its beginning is damaged. "
                  + RESTORE;
          case CORRUPT -> "is damaged or cut short, or its -wal is of another file. " + RESTORE;
          case FULL -> "can't be written, as the disk is full. Make room there";
          case BUSY, LOCKED -> "is being written by another program. Stop that one";
          case READONLY, PERM ->
              "may not be written by this user, or its disk is read-only. Change that";
          case CANTOPEN, IOERR ->
              "can't be opened, read or written (%s). Check its disk, the room there, and the"
                      .formatted(SqlErrors.describe(e))
                  + " permissions of the directory";
          default -> "can't be used (%s). ".formatted(SqlErrors.describe(e)) + RESTORE;
        });
  }

  /**
   * @param remedy what is wrong, and what to do about it, up to the alternative
   */
  static StoreStartException refused(DatabaseSettings settings, String remedy) {
    return new StoreStartException(
        "The database file %s %s, or choose another %s"
            .formatted(settings.file(), remedy, settings.alternative()));
  }
}
