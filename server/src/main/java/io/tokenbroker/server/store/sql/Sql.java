package io.tokenbroker.server.store.sql;

import java.sql.Connection;
import java.sql.SQLException;
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

  private final ConnectionSource connections;
  private final boolean own;
  private final Configuration configuration;

  /**
   * @param own whether the schema is the broker's own, so that an error in it is the broker's fault
   */
  Sql(ConnectionSource connections, SQLDialect dialect, boolean own) {
    this.connections = connections;
    this.own = own;
    this.configuration =
        new DefaultConfiguration()
            .set(dialect)
            .set(
                new Settings()
                    // it would log secrets
                    .withExecuteLogging(false)
                    // fewer statements to parse and to cache; there is no cache for SQLite
                    .withInListPadding(dialect != SQLDialect.SQLITE)
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
    return run(true, work);
  }

  private <T> T run(boolean transaction, Function<DSLContext, T> work) {
    boolean mayBeStale = true;
    for (int attempt = 1; ; attempt++) {
      Connection connection = open(transaction);
      boolean unavailable = false;
      boolean committing = false;
      try {
        T result = work.apply(contextOn(connection));
        if (transaction) {
          committing = true;
          connections.commit(connection);
        }
        return result;
      } catch (RuntimeException | SQLException e) {
        SQLException cause = SqlErrors.find(e);
        unavailable = cause != null && SqlErrors.isUnavailable(cause);
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
      } finally {
        connections.giveBack(connection, unavailable);
      }
    }
  }

  private Connection open(boolean transaction) {
    try {
      return transaction ? connections.begin() : connections.take();
    } catch (SQLException e) {
      throw SqlErrors.translate(e, own);
    }
  }

  private DSLContext contextOn(Connection connection) {
    return DSL.using(configuration.derive(new DefaultConnectionProvider(connection)));
  }
}
