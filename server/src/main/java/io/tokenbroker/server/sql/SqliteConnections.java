package io.tokenbroker.server.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * The connections to a SQLite file: one that writes, and beside it as many that read as there are
 * threads that do. SQLite has one writer at a time; so writers queue here, in the order of their
 * arrival, and not in a loop of tries within SQLite.
 */
final class SqliteConnections implements ConnectionSource {
  /** In milliseconds, for a program beside the broker that writes, such as the sqlite3 shell. */
  private static final int BUSY_TIMEOUT = 2_000;

  /** In bytes, of the -wal file after a checkpoint; one that a long read has let grow is cut. */
  private static final int WAL_LIMIT = 16 << 20;

  /** In milliseconds, for a transaction that is under way when the connections are closed. */
  private static final int CLOSE_PATIENCE = 2_000;

  /** The user_version of a file in which nothing is left of what was plain text. */
  private static final int REWRITTEN = 1;

  private static final Logger log = LoggerFactory.getLogger(SqliteConnections.class);

  private final String url;
  private final boolean own;
  private final ConcurrentLinkedDeque<Connection> readers = new ConcurrentLinkedDeque<>();

  /** Held from the begin of a transaction until the connection is given back. */
  private final ReentrantLock writing = new ReentrantLock(true);

  /** Guarded by {@link #writing}. */
  private @Nullable Connection writer;

  private volatile boolean closed;

  /**
   * @param own whether the schema is the broker's; else nothing is ever written
   */
  SqliteConnections(String url, boolean own) {
    this.url = url;
    this.own = own;
    SqliteLibrary.locate();
  }

  @Override
  public Connection take(int patience) throws SQLException {
    Connection reader = readers.pollFirst();
    return reader == null ? openReader() : reader;
  }

  private Connection openReader() throws SQLException {
    // ours is not open read-only: the last one to be closed must be able to tidy up
    Connection connection = own ? open(url, new SQLiteConfig()) : openReadOnly(url);
    try {
      if (own) {
        execute(connection, "pragma query_only = on");
      } else {
        SqliteFunctions.addCrc32(connection);
      }
      return connection;
    } catch (SQLException e) {
      close(connection);
      throw e;
    }
  }

  @Override
  public Connection begin(int patience) throws SQLException {
    writing.lock();
    boolean begun = false;
    try {
      Connection connection = writer;
      if (connection == null) {
        connection = openWriter();
        writer = connection;
      }
      // takes the lock that writing needs now, and not in the middle, where it could be refused
      execute(connection, "begin immediate");
      begun = true;
      return connection;
    } catch (SQLException e) {
      if (writer != null && !SqlErrors.isContention(e)) {
        close(writer);
        writer = null;
      }
      throw e;
    } finally {
      if (!begun) {
        writing.unlock();
      }
    }
  }

  private Connection openWriter() throws SQLException {
    Connection connection = open(url, new SQLiteConfig());
    try {
      useWal(connection);
      // a commit is on the disk before it is answered
      execute(connection, "pragma synchronous = full");
      // macOS: past the disk's own cache; of no effect elsewhere
      execute(connection, "pragma fullfsync = on");
      execute(connection, "pragma checkpoint_fullfsync = on");
      execute(connection, "pragma journal_size_limit = " + WAL_LIMIT);
      execute(connection, "pragma foreign_keys = on");
      // what is overwritten or deleted does not stay in the file
      execute(connection, "pragma secure_delete = on");
      SqliteFunctions.addSha256(connection);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** So that readers and the writer don't wait for each other. The file remembers it. */
  private static void useWal(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet mode = statement.executeQuery("pragma journal_mode = wal")) {
      if (!mode.next() || !mode.getString(1).equals("wal")) {
        throw new SQLException("no WAL", null, SqliteErrors.CANTOPEN);
      }
    }
  }

  /**
   * Writes the whole file anew, and empties the -wal file: pages that nobody uses any more go. The
   * file remembers that it was done.
   */
  void rewriteOnce() {
    try (Connection connection = open(url, new SQLiteConfig());
        Statement statement = connection.createStatement()) {
      try (ResultSet version = statement.executeQuery("pragma user_version")) {
        if (version.next() && version.getInt(1) >= REWRITTEN) {
          return;
        }
      }
      execute(connection, "pragma synchronous = full");
      execute(connection, "vacuum");
      execute(connection, "pragma wal_checkpoint(truncate)");
      execute(connection, "pragma user_version = " + REWRITTEN);
    } catch (SQLException e) {
      log.atWarn()
          .addKeyValue("cause", e.getMessage())
          .log(
              "the database file could not be rewritten: it may hold plain text until a start can");
    }
  }

  /** The next {@link #rewriteOnce} has something to do again. */
  void rewriteAgain() {
    alone("pragma user_version = 0");
  }

  /** Empties the -wal file, unless somebody reads for long. */
  void emptyLog() {
    alone("pragma wal_checkpoint(truncate)");
  }

  private void alone(String sql) {
    try (Connection connection = open(url, new SQLiteConfig())) {
      execute(connection, "pragma synchronous = full");
      execute(connection, sql);
    } catch (SQLException e) {
      log.atWarn()
          .addKeyValue("cause", e.getMessage())
          .log("the database file may hold plain text until it is rewritten");
    }
  }

  @Override
  public void commit(Connection connection) throws SQLException {
    execute(connection, "commit");
  }

  @Override
  public void giveBack(Connection connection, boolean broken) {
    // who writes may read on another one
    if (!writing.isHeldByCurrentThread() || connection != writer) {
      if (broken || closed) {
        close(connection);
      } else {
        readers.addFirst(connection);
      }
      return;
    }
    try {
      if (broken || closed || !isRolledBack(connection)) {
        writer = null;
        close(connection);
      }
    } finally {
      writing.unlock();
    }
  }

  /** There may be nothing to undo: after a commit, and where SQLite has done it already. */
  private static boolean isRolledBack(Connection connection) {
    try {
      execute(connection, "rollback");
      return true;
    } catch (SQLException e) {
      return String.valueOf(e.getMessage()).contains("no transaction is active");
    }
  }

  /** For who must leave the file as it is. */
  static Connection openReadOnly(String url) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    return open(url, config);
  }

  private static Connection open(String url, SQLiteConfig config) throws SQLException {
    config.setBusyTimeout(BUSY_TIMEOUT);
    return config.createConnection(url);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // it was of no use any more
    }
  }

  /** Nobody waits to get one: see {@link #take}. */
  @Override
  public void started() {}

  @Override
  public void close() {
    closed = true;
    for (Connection reader = readers.poll(); reader != null; reader = readers.poll()) {
      close(reader);
    }
    // last: whoever is last moves what is in the -wal file to the database
    if (!lockForClose()) {
      // whoever has the writer closes it when they give it back
      return;
    }
    try {
      if (writer != null) {
        close(writer);
        writer = null;
      }
    } finally {
      writing.unlock();
    }
  }

  private boolean lockForClose() {
    try {
      return writing.tryLock() || writing.tryLock(CLOSE_PATIENCE, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
