package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.DatabaseServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How partitions of a fleet changed their owners, as the database itself saw it: nothing that
 * brokers say of it counts.
 */
final class OwnerChanges {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int PAUSE_MILLIS = 500;

  /** What is older was committed, and seen the last time. */
  private static final long COMMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final DatabaseServer server;
  private final String database;
  private final Set<Long> told = new HashSet<>();

  /**
   * @param database whose tables are there
   */
  OwnerChanges(DatabaseServer server, String database) {
    this.server = server;
    this.database = database;
  }

  /**
   * @param at when, by {@link System#nanoTime}; not after anybody could see it
   */
  record Change(int partition, long at) {}

  private record Row(long id, Change change) {}

  /** Begins to see; once for a database. */
  void watch() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String table : List.of("torture_loss", "torture_move")) {
        statement.execute(
            "create table "
                + table
                + " (id bigint auto_increment primary key, at datetime(6) not null,"
                + " partition_id int not null)");
      }
      statement.execute(
          """
          create trigger torture_loss after delete on fleet_member for each row
            insert into torture_loss (at, partition_id)
              select utc_timestamp(6), partition_id from fleet_partition
              where owner = old.member_id
                and timestampdiff(microsecond, old.renew_time, utc_timestamp(6)) >= 1000 * old.ttl
          """);
      statement.execute(
          """
          create trigger torture_move after update on fleet_partition for each row
            insert into torture_move (at, partition_id)
              select utc_timestamp(6), new.partition_id from dual where new.epoch <> old.epoch
          """);
    }
  }

  /**
   * Whose owners were struck off for their silence, as far as that was not told before. Who leaves,
   * or is struck off although it has renewed within its TTL, loses nothing by this.
   *
   * @param begin by {@link System#nanoTime}
   */
  List<Change> lost(long begin) throws SQLException {
    return since(begin - COMMIT_NANOS, "torture_loss").stream()
        .filter(row -> told.add(row.id))
        .map(Row::change)
        .toList();
  }

  /**
   * Who went to another owner.
   *
   * @param begin by {@link System#nanoTime}
   */
  List<Change> moved(long begin) throws SQLException {
    return since(begin - COMMIT_NANOS, "torture_move").stream().map(Row::change).toList();
  }

  /** A node of a cluster that others have gone on without answers nothing for a while. */
  private List<Row> since(long begin, String table) throws SQLException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        return ask(begin, table);
      } catch (SQLException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
        Worker.pause(PAUSE_MILLIS);
      }
    }
  }

  private List<Row> ask(long begin, String table) throws SQLException {
    List<Row> changes = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      seeAll(statement);
      long asked = System.nanoTime();
      try (ResultSet rows =
          statement.executeQuery(
              "select id, partition_id, timestampdiff(microsecond, at, utc_timestamp(6)) from "
                  + table
                  + " where at >= utc_timestamp(6) - interval "
                  + TimeUnit.NANOSECONDS.toMicros(asked - begin)
                  + " microsecond")) {
        while (rows.next()) {
          long ago = TimeUnit.MICROSECONDS.toNanos(rows.getLong(3));
          changes.add(new Row(rows.getLong(1), new Change(rows.getInt(2), asked - ago)));
        }
      }
    }
    return changes;
  }

  /** Also what other nodes of a cluster have committed. */
  private static void seeAll(Statement statement) throws SQLException {
    boolean cluster;
    try (ResultSet variables = statement.executeQuery("show variables like 'wsrep_sync_wait'")) {
      cluster = variables.next();
    }
    if (cluster) {
      statement.execute("set session wsrep_sync_wait = 1");
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(server.url(database), server.user(), server.password());
  }
}
