package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.fleet.FleetStatus;
import io.tokenbroker.v1.FleetMember;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The call of the control plane about the fleet. Runs on event loops and never blocks. */
public final class FleetAdminCalls {
  private final Supplier<String> self;
  private final Supplier<CompletableFuture<FleetStatus>> status;

  /**
   * @param self this broker's address as a member; empty if it is none
   */
  public FleetAdminCalls(Supplier<String> self, Supplier<CompletableFuture<FleetStatus>> status) {
    this.self = self;
    this.status = status;
  }

  void get(StreamObserver<GetFleetResponse> observer) {
    UnaryAnswer.answer(observer, status, this::response);
  }

  private GetFleetResponse response(FleetStatus fleet) {
    Map<String, Long> owned =
        fleet.partitions().stream()
            .collect(
                Collectors.groupingBy(FleetStatus.PartitionStatus::owner, Collectors.counting()));
    GetFleetResponse.Builder response = GetFleetResponse.newBuilder().setSelf(self.get());
    for (FleetStatus.MemberStatus member : fleet.members()) {
      response.addMembers(
          FleetMember.newBuilder()
              .setAddress(member.address())
              .setVersion(member.version())
              .setLeaving(member.leaving())
              .setPartitionCount(owned.getOrDefault(member.address(), 0L).intValue())
              .setJoinTime(WireTimes.timestamp(member.joined()))
              .setRenewTime(WireTimes.timestamp(member.renewed())));
    }
    for (FleetStatus.PartitionStatus partition : fleet.partitions()) {
      response.addPartitions(
          FleetPartition.newBuilder()
              .setPartition(partition.partition())
              .setOwner(partition.owner())
              .setEpoch(partition.epoch())
              .setChangeTime(WireTimes.timestamp(partition.changed())));
    }
    return response.build();
  }
}
