package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.failure.StoreUnavailableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jooq.impl.DefaultConfiguration;
import org.jooq.impl.DefaultConnectionProvider;

/** Runs work on a connection, and tells what its failures mean. Thread-safe. */
final class Sql {
  /** How often a transaction is begun when others are in its way. */
  private static final int ATTEMPTS = 5;

  /**
   * In milliseconds, for each answer of a transaction that others wait for. Longer than a row may be
   * locked ({@link JdbcUrl#LOCK_WAIT}), and longer than the database waits within a transaction
   * ({@link #IDLE_IN_TRANSACTION}): when nobody waits here any more, nothing is open there.
   */
  private static final int SOON = 4_000;

  /**
   * In seconds: if nothing is heard for so long before a transaction ends, the database rolls it
   * back and lets go of its locks. So what is lost on the way keeps nobody else waiting. Outside of
   * transactions a connection may be idle for as long as the database's own settings say.
   */
  static final int IDLE_IN_TRANSACTION = 3;

  private final Connections connections;
  private final boolean own;
  private final Configuration configuration;

  /** Held by the one writer that an embedded database has at a time, if it is one. */
  private final ReentrantLock embeddedWriter = new ReentrantLock();

  /**
   * @param own whether the schema is the broker's own, so that an error in it is the broker's fault
   */
  Sql(Connections connections, SQLDialect dialect, boolean own) {
    this.connections = connections;
    this.own = own;
    this.configuration =
        new DefaultConfiguration()
            .set(dialect)
            .set(
                new Settings()
                    // it would log secrets
                    .withExecuteLogging(false)
                    // fewer statements to parse and to cache
                    .withInListPadding(true)
                    .withRenderCatalog(false)
                    .withRenderSchema(false));
  }

  Configuration configuration() {
    return configuration;
  }

  SQLDialect dialect() {
    return configuration.dialect();
  }

  /** For one statement that only reads. */
  <T> T read(Function<DSLContext, T> work) {
    return run(false, 0, work);
  }

  /**
   * In a transaction, all or nothing; the work may be begun anew and must not mind. Each statement
   * sees what others have committed before it.
   */
  <T> T write(Function<DSLContext, T> work) {
    return write(0, work);
  }

  /** As {@link #write}, for short work: a connection that is silent for 4 s is given up. */
  <T> T writeSoon(Function<DSLContext, T> work) {
    return write(SOON, work);
  }

  private <T> T write(int patience, Function<DSLContext, T> work) {
    if (dialect() != SQLDialect.H2) {
      return run(true, patience, work);
    }
    // where two transactions insert one key, H2 does not queue them: both spin until a time-out,
    // for each row of a batch anew
    embeddedWriter.lock();
    try {
      return run(true, 0, work);
    } finally {
      embeddedWriter.unlock();
    }
  }

  /**
   * @param patience in milliseconds, for each answer; 0 for that of the connection
   */
  private <T> T run(boolean transaction, int patience, Function<DSLContext, T> work) {
    boolean mayBeStale = true;
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = connections.take()) {
        boolean committing = false;
        try {
          if (patience > 0) {
            connections.limit(connection, patience);
          }
          if (transaction) {
            begin(connection);
          }
          T result = work.apply(contextOn(connection));
          if (transaction) {
            committing = true;
            connection.commit();
            end(connection);
          }
          return result;
        } catch (RuntimeException | SQLException e) {
          // the pool rolls back what is not committed
          SQLException cause = SqlErrors.find(e);
          boolean unavailable = cause != null && SqlErrors.isUnavailable(cause);
          if (unavailable) {
            connections.distrust();
          }
          boolean again =
              unavailable
                  // of before the database's restart: the next connection is of after it
                  ? mayBeStale && !committing
                  : transaction
                      && attempt < ATTEMPTS
                      && cause != null
                      && SqlErrors.isContention(cause);
          if (!again) {
            throw failure(e, committing);
          }
          mayBeStale &= !unavailable;
        }
      } catch (SQLException e) {
        throw SqlErrors.translate(e, own);
      }
    }
  }

  private void begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    // MariaDB has a setting of its own, see Logins
    if (dialect() == SQLDialect.MYSQL) {
      execute(connection, "set session wait_timeout = " + IDLE_IN_TRANSACTION);
    }
  }

  /** After a commit, which nothing changes any more. */
  private void end(Connection connection) {
    try {
      if (dialect() == SQLDialect.MYSQL) {
        execute(connection, "set session wait_timeout = default");
      }
    } catch (SQLException e) {
      // the pool will find that it is broken
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  private RuntimeException failure(Exception e, boolean committing) {
    RuntimeException failure = SqlErrors.translate(e, own);
    return committing && failure instanceof StoreUnavailableException lost
        ? lost.ofCommit()
        : failure;
  }

  private DSLContext contextOn(Connection connection) {
    return DSL.using(configuration.derive(new DefaultConnectionProvider(connection)));
  }
}
