package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jooq.SQLDialect;
import org.jspecify.annotations.Nullable;

/** An open database: SQLite, MySQL or MariaDB. Thread-safe. */
public final class Database implements AutoCloseable {
  private final DatabaseSettings settings;
  private final ConnectionSource connections;
  private final Sql sql;
  private final boolean own;

  private Database(DatabaseSettings settings, ConnectionSource connections, Sql sql, boolean own) {
    this.settings = settings;
    this.connections = connections;
    this.sql = sql;
    this.own = own;
  }

  /**
   * The broker's own database on a server, by other connections: for who must not wait for those
   * that use this one, and gives up what they would wait for. To be closed like any other.
   */
  public Database beside(int poolSize) throws StoreStartException {
    DatabaseSettings few = settings.withPoolSize(poolSize);
    Connections others;
    try {
      others = new Connections(few, new MySqlUrl(few, true), false);
    } catch (RuntimeException e) {
      throw StartErrors.explain(SqlErrors.find(e), few);
    }
    others.started();
    return new Database(few, others, new Sql(others, sql.dialect(), true), true);
  }

  /** Opens the broker's own database, and brings its schema up to date. */
  public static Database open(DatabaseSettings settings) throws StoreStartException {
    return open(settings, new CompletableFuture<>());
  }

  /**
   * The same, but gives up while it waits for a server when it is told to. What is done to a schema
   * is not broken off.
   *
   * @throws CancellationException if it gave up
   */
  public static Database open(DatabaseSettings settings, CompletableFuture<@Nullable Void> stop)
      throws StoreStartException {
    return open(settings, true, stop);
  }

  /** Opens somebody else's database, in which nothing is changed. See {@link #open}. */
  public static Database openReadOnly(
      DatabaseSettings settings, CompletableFuture<@Nullable Void> stop)
      throws StoreStartException {
    return open(settings, false, stop);
  }

  private static Database open(
      DatabaseSettings settings, boolean own, CompletableFuture<@Nullable Void> stop) {
    return settings.isFile() ? openFile(settings, own) : openServer(settings, own, stop);
  }

  private static Database openFile(DatabaseSettings settings, boolean own) {
    SqliteConnections connections = new SqliteConnections(settings.url(), own);
    try {
      if (own) {
        new SqliteFile(settings).prepare();
        Migrations.ofFile(settings, connections).run();
        // whether this user may write
        connections.giveBack(connections.begin(0), false);
      }
      connections.giveBack(connections.take(), false);
      return new Database(settings, connections, new Sql(connections, SQLDialect.SQLITE, own), own);
    } catch (SQLException e) {
      connections.close();
      throw SqliteErrors.explain(e, settings);
    } catch (RuntimeException e) {
      connections.close();
      throw e;
    }
  }

  private static Database openServer(
      DatabaseSettings settings, boolean own, CompletableFuture<@Nullable Void> stop) {
    MySqlUrl url = new MySqlUrl(settings, own);
    Connections connections;
    try {
      connections = connect(() -> new Connections(settings, url, !own), stop);
    } catch (CompletionException e) {
      throw StartErrors.explain(SqlErrors.find(e), settings);
    }
    try {
      if (own) {
        Migrations.ofServer(settings, url, connections).run();
        WriteRights.check(connections);
      }
      Database database =
          new Database(settings, connections, new Sql(connections, dialect(connections), own), own);
      connections.started();
      return database;
    } catch (SQLException e) {
      connections.close();
      throw StartErrors.explain(e, settings);
    } catch (RuntimeException e) {
      connections.close();
      throw e;
    }
  }

  /** Sockets can't be interrupted: a thread that may be left to itself waits for the server. */
  private static Connections connect(
      Supplier<Connections> login, CompletableFuture<@Nullable Void> stop) {
    CompletableFuture<Connections> connecting = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                Connections made = login.get();
                if (!connecting.complete(made)) {
                  made.close();
                }
              } catch (RuntimeException | Error e) {
                connecting.completeExceptionally(e);
              }
            },
            "login");
    thread.setDaemon(true);
    thread.start();
    stop.thenRun(() -> connecting.cancel(false));
    return connecting.join();
  }

  Sql sql() {
    return sql;
  }

  public PoolUse poolUse() {
    return new PoolUse(own ? "own" : "credentials", sql.inUse(), settings.poolSize());
  }

  /**
   * Takes what is no longer in any row out of the file, where there is one and this has not been
   * done yet: plain text that was removed, or encrypted, may still lie in it. To be called while
   * nobody uses the database, and when nothing is plain any more. Of a server it does nothing.
   */
  public void forgetPlainText() {
    if (connections instanceof SqliteConnections file) {
      file.rewriteOnce();
    }
  }

  /**
   * Some secret is plain text: after it is encrypted, the next {@link #forgetPlainText} rewrites
   * the file, also of a broker that was killed meanwhile. Of a server it does nothing.
   */
  public void notePlainText() {
    if (connections instanceof SqliteConnections file) {
      file.rewriteAgain();
    }
  }

  /**
   * Takes what was just encrypted out of the -wal file; the file itself may keep traces of what
   * another program wrote, until {@link #forgetPlainText}. Of a server it does nothing.
   */
  public void emptyLog() {
    if (connections instanceof SqliteConnections file) {
      file.emptyLog();
    }
  }

  /** Closes all connections; what still runs on them fails. */
  @Override
  public void close() {
    connections.close();
  }

  /** Also a MariaDB that the MySQL driver takes for MySQL. */
  private static SQLDialect dialect(Connections connections) throws SQLException {
    try (Connection connection = connections.take()) {
      DatabaseMetaData data = connection.getMetaData();
      String product =
          (data.getDatabaseProductName() + " " + data.getDatabaseProductVersion())
              .toLowerCase(Locale.ROOT);
      return product.contains("mariadb") ? SQLDialect.MARIADB : SQLDialect.MYSQL;
    }
  }
}
