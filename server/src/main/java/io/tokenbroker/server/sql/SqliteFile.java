package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of the broker's own SQLite database, before it is opened to be written. One that can't
 * be used is refused and left as it is. None of this reads the file but through SQLite: to close it
 * would let go of the locks that SQLite has on it in this process.
 */
final class SqliteFile {
  private static final Logger log = LoggerFactory.getLogger(SqliteFile.class);

  /** In bytes: up to this size a start reads all of it (tens of milliseconds). */
  private static final long CHECKED = 16L << 20;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final DatabaseSettings settings;
  private final Path file;

  SqliteFile(DatabaseSettings settings) {
    this.settings = settings;
    this.file = settings.file();
  }

  /** Afterwards there is a database with the newest schema, or one that can be brought there. */
  void prepare() throws SQLException {
    try {
      if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
        create();
      } else {
        boolean unused = check();
        for (Path path : List.of(file, beside("-wal"), beside("-shm"))) {
          makePrivate(path);
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** As {@link #prepare}, but changes nothing; tells whether it has the newest schema. */
  boolean isUpToDate() throws SQLException {
    try {
      if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
        refuseLeftovers();
        return false;
      }
      return check();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private StoreStartException unreadable(IOException e) {
    return SqliteErrors.refused(
        settings,
        "can't be made or read (%s). Check its disk, the room there, and the permissions of the directory"
            .formatted(e.getClass().getSimpleName()));
  }

  private void refuseLeftovers() throws IOException {
    if (Files.exists(beside("-wal")) && Files.size(beside("-wal")) > 0) {
      throw SqliteErrors.refused(
          settings,
          "is gone, but its newest changes are still there in %s. Put the file back, or remove what is left of it to begin anew"
              .formatted(beside("-wal")));
    }
  }

  /** Whole or not at all: what a crash leaves is not yet of the file's name. */
  private void create() throws IOException, SQLException {
    refuseLeftovers();
    Path unfinished = beside(".new");
    for (String part : List.of("", "-journal", "-wal", "-shm")) {
      Files.deleteIfExists(Path.of(unfinished + part));
    }
    Files.createFile(unfinished, attribute());
    makePrivate(unfinished);
    Migrations.createSqlite(unfinished, settings);
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.deleteIfExists(beside("-shm"));
    Files.deleteIfExists(beside("-wal"));
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    Path directory = file.getParent();
    if (directory != null) {
      try (FileChannel channel = FileChannel.open(directory)) {
        channel.force(true);
      }
    }
  }

  private boolean check() throws IOException, SQLException {
    if (!Files.isRegularFile(file)) {
      throw SqliteErrors.refused(settings, "is no file. Move it away");
    }
    long size = Files.size(file);
    // SQLite takes such a file for a new database
    if (size <= 1) {
      throw SqliteErrors.refused(
          settings,
          "is empty, which no broker leaves. "
              + SqliteErrors.RESTORE
              + ", remove it to begin anew");
    }
    if (!Files.isReadable(file) || !Files.isWritable(file)) {
      throw SqliteErrors.refused(
          settings,
          "may not be read and written by this user, or its disk is read-only. Change that");
    }
    try (Connection connection = SqliteConnections.openReadOnly(settings.url());
        Statement statement = connection.createStatement()) {
      boolean upToDate = Migrations.isUpToDate(statement, settings);
      if (!upToDate) {
        refuseForeign(statement);
      }
      if (size <= CHECKED) {
        check(statement);
      }
      return upToDate;
    }
  }

  private void refuseForeign(Statement statement) throws SQLException {
    try (ResultSet others =
        statement.executeQuery(
            "select count(*), sum(name = 'flyway_schema_history') from sqlite_master")) {
      if (others.next() && others.getInt(2) == 0) {
        throw SqliteErrors.refused(
            settings,
            (others.getInt(1) > 0
                    ? "has tables of something else. "
                    : "has no tables, as a backup of a file that is not there has none. ")
                + SqliteErrors.RESTORE);
      }
    }
  }

  private static void check(Statement statement) throws SQLException {
    try (ResultSet found = statement.executeQuery("pragma quick_check(1)")) {
      String first = found.next() ? found.getString(1) : "nothing";
      if (!first.equals("ok")) {
        throw new SQLException("quick_check", null, SqliteErrors.CORRUPT);
      }
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> attribute() {
    return PosixFilePermissions.asFileAttribute(PRIVATE);
  }

  /** SQLite gives the files beside it the same permissions. */
  private static void makePrivate(Path path) throws IOException {
    try {
      if (!Files.getPosixFilePermissions(path).equals(PRIVATE)) {
        Files.setPosixFilePermissions(path, PRIVATE);
      }
    } catch (NoSuchFileException e) {
      // not there yet
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("file", path)
          .log("the permissions of a database file can't be set: make it this user's, and 0600");
    }
  }

  private Path beside(String suffix) {
    return Path.of(file + suffix);
  }
}
