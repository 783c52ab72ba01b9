package io.tokenbroker.server.e2e;

import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.FleetPartition;
import io.tokenbroker.v1.GetFleetRequest;
import io.tokenbroker.v1.GetFleetResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

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

  /** What was seen of all partitions, and when each member had renewed by then, in seconds. */
  private record Look(List<FleetPartition> partitions, Map<String, Long> renewed) {
    static Look of(GetFleetResponse fleet) {
      Map<String, Long> renewed = new HashMap<>();
      fleet
          .getMembersList()
          .forEach(each -> renewed.put(each.getAddress(), each.getRenewTime().getSeconds()));
      return new Look(fleet.getPartitionsList(), renewed);
    }

    /** Whether nothing has moved since another look, while each member went its rounds. */
    boolean isAtRestSince(Look before) {
      return partitions.equals(before.partitions)
          && renewed.keySet().equals(before.renewed.keySet())
          && renewed.keySet().stream().allMatch(a -> renewed.get(a) >= before.renewed.get(a) + 3);
    }
  }

  /** Until each account has an owner, so many brokers own some, and no more is handed over. */
  static void awaitShares(Caller operator, List<String> accounts, int brokers) {
    AtomicReference<Look> first = new AtomicReference<>();
    Set<String> found = new HashSet<>();
    try {
      Eventually.until(
          brokers + " have their share",
          () -> {
            Look look = Look.of(operator.admin().getFleet(GetFleetRequest.getDefaultInstance()));
            Look before = first.get();
            found.clear();
            if (before == null || !before.partitions.equals(look.partitions)) {
              first.set(look);
              return false;
            }
            found.addAll(of(operator, accounts).values());
            return look.isAtRestSince(before) && found.size() == brokers && !found.contains("");
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; since the last move: " + found, e);
    }
  }
}
