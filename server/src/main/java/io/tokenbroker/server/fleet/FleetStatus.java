package io.tokenbroker.server.fleet;

import java.time.Instant;
import java.util.List;

/** A fleet as its database has it, for people. */
public record FleetStatus(List<MemberStatus> members, List<PartitionStatus> partitions) {
  public FleetStatus {
    members = List.copyOf(members);
    partitions = List.copyOf(partitions);
  }

  /** Times are the database's. */
  public record MemberStatus(
      String address, String version, boolean leaving, Instant joined, Instant renewed) {}

  /**
   * @param owner its address; empty if the partition is free
   * @param changed when it became the owner
   */
  public record PartitionStatus(int partition, String owner, long epoch, Instant changed) {}
}
