package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.DatabaseServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How partitions of a fleet changed their owners, as the database itself saw it: nothing that
 * brokers say of it counts.
 */
final class OwnerChanges {
  private final DatabaseServer server;
  private final String database;

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
   * Whose owners were struck off for their silence. Who leaves, or is struck off although it has
   * renewed within its TTL, loses nothing by this.
   *
   * @param begin by {@link System#nanoTime}
   */
  List<Change> lost(long begin) throws SQLException {
    return since(begin, "torture_loss");
  }

  /**
   * Who went to another owner.
   *
   * @param begin by {@link System#nanoTime}
   */
  List<Change> moved(long begin) throws SQLException {
    return since(begin, "torture_move");
  }

  private List<Change> since(long begin, String table) throws SQLException {
    List<Change> changes = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      long asked = System.nanoTime();
      try (ResultSet rows =
          statement.executeQuery(
              "select partition_id, timestampdiff(microsecond, at, utc_timestamp(6)) from "
                  + table
                  + " where at >= utc_timestamp(6) - interval "
                  + TimeUnit.NANOSECONDS.toMicros(asked - begin)
                  + " microsecond")) {
        while (rows.next()) {
          long ago = TimeUnit.MICROSECONDS.toNanos(rows.getLong(2));
          changes.add(new Change(rows.getInt(1), asked - ago));
        }
      }
    }
    return changes;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(server.url(database), server.user(), server.password());
  }
}
