package io.tokenbroker.client;

import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps a connection to every broker, and the calls of an account with one of them while it is up:
 * a broker learns best from the outcomes of its own turns. Runs in the channel's synchronization
 * context.
 */
final class AccountBalancer extends LoadBalancer {
  private final Helper helper;
  private final AtomicInteger turn = new AtomicInteger();
  private Map<List<SocketAddress>, BrokerLink> links = new LinkedHashMap<>();

  /** What answers call the brokers that the resolver told of. */
  private Map<String, BrokerLink> names = new HashMap<>();

  private final DirectLinks direct;

  AccountBalancer(Helper helper) {
    this.helper = helper;
    this.direct = new DirectLinks(helper, this::publish);
  }

  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    if (resolved.getAddresses().isEmpty()) {
      Status none = Status.UNAVAILABLE.withDescription("the name of the brokers has no address");
      handleNameResolutionError(none);
      return none;
    }
    Map<List<SocketAddress>, BrokerLink> before = links;
    links = new LinkedHashMap<>();
    names = new HashMap<>();
    direct.prune();
    for (EquivalentAddressGroup group : resolved.getAddresses()) {
      if (!links.containsKey(group.getAddresses())) {
        BrokerLink link = before.remove(group.getAddresses());
        links.put(
            group.getAddresses(),
            link != null ? link : new BrokerLink(helper, group.getAddresses(), this::publish));
      }
    }
    before.values().forEach(BrokerLink::close);
    for (EquivalentAddressGroup group : resolved.getAddresses()) {
      BrokerLink link = links.get(group.getAddresses());
      if (link != null) {
        name(group, link);
        link.resolved(
            resolved.toBuilder()
                .setAddresses(List.of(group))
                .setLoadBalancingPolicyConfig(null)
                .build());
      }
    }
    publish();
    return Status.OK;
  }

  /** The endpoint as it was given, and as it was found. */
  private void name(EquivalentAddressGroup group, BrokerLink link) {
    String given = group.getAttributes().get(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE);
    if (given != null) {
      names.putIfAbsent(given, link);
    }
    for (SocketAddress address : group.getAddresses()) {
      names.put(AccountPicker.Target.text(address), link);
    }
  }

  private Map<String, AccountPicker.Target> owners() {
    Map<String, AccountPicker.Target> owners = new HashMap<>();
    direct.addReady(owners);
    names.forEach(
        (name, link) -> {
          if (link.hope() == BrokerLink.Hope.READY) {
            owners.put(name, link.target());
          }
        });
    return owners;
  }

  /** One that is no endpoint of this channel. */
  private void want(String owner) {
    helper
        .getSynchronizationContext()
        .execute(
            () -> {
              if (!names.containsKey(owner) && hasNetwork()) {
                direct.want(owner);
              }
            });
  }

  /** A Unix socket's channel has no others. */
  private boolean hasNetwork() {
    return links.keySet().stream().allMatch(all -> all.get(0) instanceof InetSocketAddress);
  }

  @Override
  public void handleNameResolutionError(Status error) {
    if (links.isEmpty()) {
      helper.updateBalancingState(
          ConnectivityState.TRANSIENT_FAILURE, new FixedResultPicker(PickResult.withError(error)));
    }
  }

  private void publish() {
    if (links.isEmpty()) {
      return;
    }
    List<BrokerLink> ready = in(BrokerLink.Hope.READY);
    List<BrokerLink> likely = in(BrokerLink.Hope.READY, BrokerLink.Hope.SOON);
    List<BrokerLink> late = in(BrokerLink.Hope.LATE);
    ConnectivityState state =
        !ready.isEmpty()
            ? ConnectivityState.READY
            : !likely.isEmpty() || !late.isEmpty()
                ? ConnectivityState.CONNECTING
                : ConnectivityState.TRANSIENT_FAILURE;
    List<BrokerLink> choice =
        !likely.isEmpty() ? likely : !late.isEmpty() ? late : List.copyOf(links.values());
    helper.updateBalancingState(
        state,
        new AccountPicker(
            targets(choice),
            targets(ready.isEmpty() ? choice : ready),
            owners(),
            this::want,
            turn));
  }

  private List<BrokerLink> in(BrokerLink.Hope... hopes) {
    return links.values().stream().filter(link -> List.of(hopes).contains(link.hope())).toList();
  }

  private static List<AccountPicker.Target> targets(List<BrokerLink> links) {
    return links.stream().map(BrokerLink::target).toList();
  }

  @Override
  public void shutdown() {
    links.values().forEach(BrokerLink::close);
    links.clear();
    direct.close();
  }
}
