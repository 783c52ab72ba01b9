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
 * What members of a fleet lost as they were struck off for their silence, as the database itself
 * saw it: nothing that brokers say of it counts. Who leaves, or is struck off although it has
 * renewed within its TTL, loses nothing by this.
 */
final class Losses {
  private final DatabaseServer server;
  private final String database;

  /**
   * @param database whose tables are there
   */
  Losses(DatabaseServer server, String database) {
    this.server = server;
    this.database = database;
  }

  /**
   * A partition whose owner was struck off.
   *
   * @param at when, by {@link System#nanoTime}; not after anybody could see it
   */
  record Loss(int partition, long at) {}

  /** Begins to see; once for a database. */
  void watch() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create table torture_loss (
            id bigint auto_increment primary key,
            at datetime(6) not null,
            partition_id int not null)
          """);
      statement.execute(
          """
          create trigger torture_loss after delete on fleet_member for each row
            insert into torture_loss (at, partition_id)
              select utc_timestamp(6), partition_id from fleet_partition
              where owner = old.member_id
                and timestampdiff(microsecond, old.renew_time, utc_timestamp(6)) >= 1000 * old.ttl
          """);
    }
  }

  /**
   * @param begin by {@link System#nanoTime}
   */
  List<Loss> since(long begin) throws SQLException {
    List<Loss> losses = new ArrayList<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      long asked = System.nanoTime();
      try (ResultSet rows =
          statement.executeQuery(
              "select partition_id, timestampdiff(microsecond, at, utc_timestamp(6)) from torture_loss"
                  + " where at >= utc_timestamp(6) - interval "
                  + TimeUnit.NANOSECONDS.toMicros(asked - begin)
                  + " microsecond")) {
        while (rows.next()) {
          losses.add(
              new Loss(rows.getInt(1), asked - TimeUnit.MICROSECONDS.toNanos(rows.getLong(2))));
        }
      }
    }
    return losses;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(server.url(database), server.user(), server.password());
  }
}
