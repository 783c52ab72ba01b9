package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.v1.FleetMember;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.GetFleetResponse;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which brokers divide the accounts of a database among them. */
@Command(
    name = "fleet",
    description = "Tell which brokers share the database, and who owns which partitions.",
    footer = {"", "Times are the database's. An account is in one of 1,024 partitions."})
final class FleetCommand implements Callable<Integer> {
  private static final Comparator<Timestamp> BY_TIME =
      Comparator.comparingLong(Timestamp::getSeconds).thenComparingInt(Timestamp::getNanos);

  @Mixin private final Remote remote = new Remote();

  @Option(names = "--partitions", description = "Tell each partition with its owner and epoch.")
  private boolean partitions;

  @Option(
      names = "--moves",
      paramLabel = "NUMBER",
      description = "Tell the partitions that changed their owner last, the newest first.")
  private int moves;

  @Override
  public Integer call() {
    try (TokenBrokerClient client = remote.connect()) {
      GetFleetResponse fleet = client.adminStub().getFleet(GetFleetRequest.getDefaultInstance());
      if (partitions) {
        print(fleet.getPartitionsList());
      } else if (moves > 0) {
        print(
            fleet.getPartitionsList().stream()
                .sorted(Comparator.comparing(FleetPartition::getChangeTime, BY_TIME.reversed()))
                .limit(moves)
                .toList());
      } else {
        members(fleet);
      }
      return ExitCodes.OK;
    }
  }

  private void members(GetFleetResponse fleet) {
    if (remote.json()) {
      fleet.getMembersList().forEach(member -> remote.out().println(json(fleet, member)));
      return;
    }
    if (fleet.getMembersCount() == 0) {
      remote.out().println("no fleet: the broker takes all accounts for its own");
      return;
    }
    Table table = new Table("ADDRESS", "PARTITIONS", "JOINED", "RENEWED", "VERSION?", "STATE?");
    for (FleetMember member : fleet.getMembersList()) {
      table.row(
          member.getAddress(),
          Integer.toString(member.getPartitionCount()),
          Times.iso(member.getJoinTime()),
          Times.iso(member.getRenewTime()),
          member.getVersion(),
          member.getLeaving() ? "leaving" : "");
    }
    table.print(remote.out());
    long free = fleet.getPartitionsList().stream().filter(one -> one.getOwner().isEmpty()).count();
    if (free > 0) {
      remote.out().printf("%d partition(s) are free%n", free);
    }
  }

  private static String json(GetFleetResponse fleet, FleetMember member) {
    return new JsonLine()
        .put("address", member.getAddress())
        .put("partition_count", member.getPartitionCount())
        .put("join_time", Times.iso(member.getJoinTime()))
        .put("renew_time", Times.iso(member.getRenewTime()))
        .putIfSet("version", member.getVersion())
        .put("leaving", member.getLeaving())
        .put("self", member.getAddress().equals(fleet.getSelf()))
        .end();
  }

  private void print(List<FleetPartition> some) {
    Table table = new Table("PARTITION", "EPOCH", "CHANGED", "OWNER");
    for (FleetPartition one : some) {
      if (remote.json()) {
        remote
            .out()
            .println(
                new JsonLine()
                    .put("partition", one.getPartition())
                    .put("owner", one.getOwner())
                    .put("epoch", one.getEpoch())
                    .put("change_time", Times.iso(one.getChangeTime()))
                    .end());
      } else {
        table.row(
            Integer.toString(one.getPartition()),
            Long.toString(one.getEpoch()),
            Times.iso(one.getChangeTime()),
            one.getOwner());
      }
    }
    if (!remote.json()) {
      table.print(remote.out());
    }
  }
}
