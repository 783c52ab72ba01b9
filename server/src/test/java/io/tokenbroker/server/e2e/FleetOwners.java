package io.tokenbroker.server.e2e;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who owns which accounts, as a broker tells. */
final class FleetOwners {
  private FleetOwners() {}

  /** The address of each; empty where nobody is the owner. */
  static Map<String, String> of(Caller operator, List<String> accounts) {
    Map<Integer, String> byPartition = new HashMap<>();
    for (FleetPartition each :
        operator.admin().getFleet(GetFleetRequest.getDefaultInstance()).getPartitionsList()) {
      byPartition.put(each.getPartition(), each.getOwner());
    }
    Map<String, String> owners = new HashMap<>();
    accounts.forEach(a -> owners.put(a, byPartition.getOrDefault(Partitions.of(a), "")));
    return owners;
  }

  /** Which of them are a broker's. */
  static List<String> ownedBy(Caller operator, List<String> accounts, Broker broker) {
    Map<String, String> owners = of(operator, accounts);
    return accounts.stream().filter(a -> broker.endpoint().equals(owners.get(a))).toList();
  }

  /** Until each account has an owner, and so many brokers own some. */
  static void awaitShares(Caller operator, List<String> accounts, int brokers) {
    Eventually.until(
        brokers + " have a share",
        () -> {
          Set<String> found = new HashSet<>(of(operator, accounts).values());
          return found.size() == brokers && !found.contains("");
        });
  }
}
