package io.tokenbroker.server.store.sql;

import java.sql.Connection;
import java.sql.SQLException;
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
    return run(false, work);
  }

  /**
   * In a transaction, all or nothing; the work may be begun anew and must not mind. Each statement
   * sees what others have committed before it.
   */
  <T> T write(Function<DSLContext, T> work) {
    if (dialect() != SQLDialect.H2) {
      return run(true, work);
    }
    // where two transactions insert one key, H2 does not queue them: both spin until a time-out,
    // for each row of a batch anew
    embeddedWriter.lock();
    try {
      return run(true, work);
    } finally {
      embeddedWriter.unlock();
    }
  }

  private <T> T run(boolean transaction, Function<DSLContext, T> work) {
    boolean mayBeStale = true;
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = connections.take()) {
        boolean committing = false;
        try {
          if (transaction) {
            connection.setAutoCommit(false);
          }
          T result = work.apply(contextOn(connection));
          if (transaction) {
            committing = true;
            connection.commit();
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
            throw SqlErrors.translate(e, own);
          }
          mayBeStale &= !unavailable;
        }
      } catch (SQLException e) {
        throw SqlErrors.translate(e, own);
      }
    }
  }

  private DSLContext contextOn(Connection connection) {
    return DSL.using(configuration.derive(new DefaultConnectionProvider(connection)));
  }
}
