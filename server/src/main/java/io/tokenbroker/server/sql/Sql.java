package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.BrokerException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
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
   * In milliseconds, for each answer of a transaction that others wait for. Longer than a row may
   * be locked ({@link MySqlUrl#LOCK_WAIT}), and longer than the database waits within a transaction
   * ({@link Logins#IDLE_IN_TRANSACTION}): when nobody waits here any more, nothing is open there.
   */
  private static final int SOON = 4_000;

  /**
   * In milliseconds, for each answer of what a caller's first request waits for: large accounts
   * take their time.
   */
  private static final int IN_A_CALL = 8_000;

  private final ConnectionSource connections;
  private final boolean own;
  private final Configuration configuration;
  private final AtomicInteger inUse = new AtomicInteger();

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
                    // MySQL's driver throws a NullPointerException when a connection has broken
                    .withFetchWarnings(false)
                    // fewer statements to parse and to cache; there is no cache for SQLite
                    .withInListPadding(dialect != SQLDialect.SQLITE)
                    .withRenderCatalog(false)
                    .withRenderSchema(false));
  }

  /** How many connections are at work. */
  int inUse() {
    return inUse.get();
  }

  Configuration configuration() {
    return configuration;
  }

  SQLDialect dialect() {
    return configuration.dialect();
  }

  /** {@link ConnectionSource#isCluster}. */
  boolean isCluster() {
    return connections.isCluster();
  }

  /** For one statement that only reads. */
  <T> T read(Function<DSLContext, T> work) {
    return run(false, 0, work);
  }

  /**
   * As {@link #read}, while calls wait: a connection that is silent for 8 s is given up. The server
   * keeps the statements.
   */
  <T> T readInCall(Function<DSLContext, T> work) {
    return run(
        false,
        IN_A_CALL,
        context ->
            context.connectionResult(
                connection -> {
                  connections.keepStatements(connection);
                  return work.apply(context);
                }));
  }

  /** As {@link #read}, for a short answer: a connection that is silent for 4 s is given up. */
  <T> T readSoon(Function<DSLContext, T> work) {
    return run(false, SOON, work);
  }

  /**
   * In a transaction, all or nothing; the work may be begun anew and must not mind. Each statement
   * sees what others have committed before it.
   */
  <T> T write(Function<DSLContext, T> work) {
    return run(true, 0, work);
  }

  /** As {@link #write}, for short work: a connection that is silent for 4 s is given up. */
  <T> T writeSoon(Function<DSLContext, T> work) {
    return run(true, SOON, work);
  }

  /**
   * As {@link #read}.
   *
   * @param patience in milliseconds, until a connection that is silent is given up
   */
  <T> T read(int patience, Function<DSLContext, T> work) {
    return run(false, patience, work);
  }

  /** As {@link #write}, with patience. */
  <T> T write(int patience, Function<DSLContext, T> work) {
    return run(true, patience, work);
  }

  /**
   * @param patience in milliseconds, for each answer; 0 for that of the connection
   */
  private <T> T run(boolean transaction, int patience, Function<DSLContext, T> work) {
    boolean mayBeStale = true;
    for (int attempt = 1; ; attempt++) {
      Connection connection = open(transaction, patience);
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
          throw failure(e, committing);
        }
        mayBeStale &= !unavailable;
      } finally {
        inUse.decrementAndGet();
        connections.giveBack(connection, unavailable);
      }
    }
  }

  private RuntimeException failure(Exception e, boolean committing) {
    RuntimeException failure = SqlErrors.translate(e, own);
    return committing && failure instanceof BrokerException lost ? lost.ofCommit() : failure;
  }

  private Connection open(boolean transaction, int patience) {
    try {
      Connection open = transaction ? connections.begin(patience) : connections.take(patience);
      inUse.incrementAndGet();
      return open;
    } catch (SQLException e) {
      throw SqlErrors.translate(e, own);
    }
  }

  private DSLContext contextOn(Connection connection) {
    return DSL.using(configuration.derive(new DefaultConnectionProvider(connection)));
  }
}
