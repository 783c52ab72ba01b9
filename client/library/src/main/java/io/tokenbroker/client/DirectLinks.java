package io.tokenbroker.client;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer.Helper;
import io.grpc.LoadBalancer.ResolvedAddresses;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Connections to owners of accounts that are not among the channel's endpoints, by their addresses.
 * They are used while they are up, and never waited for. Runs in the synchronization context, but
 * for {@link #want}.
 */
final class DirectLinks {
  private static final int MOST = 64;

  private final Helper helper;
  private final Runnable onChange;
  private final Map<String, BrokerLink> links = new LinkedHashMap<>();
  private final Map<String, Boolean> opening = new HashMap<>();
  private boolean closed;

  DirectLinks(Helper helper, Runnable onChange) {
    this.helper = helper;
    this.onChange = onChange;
  }

  /** Opens a connection, if there is none. Any thread. */
  void want(String address) {
    helper.getSynchronizationContext().execute(() -> open(address));
  }

  private void open(String address) {
    if (closed
        || links.containsKey(address)
        || opening.containsKey(address)
        || links.size() + opening.size() >= MOST) {
      return;
    }
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(address);
    } catch (IllegalArgumentException e) {
      return; // of a newer broker
    }
    opening.put(address, true);
    lookups()
        .execute(
            () -> {
              InetSocketAddress found = new InetSocketAddress(endpoint.host(), endpoint.port());
              helper.getSynchronizationContext().execute(() -> connect(address, found));
            });
  }

  private Executor lookups() {
    @Nullable Executor offload = helper.getNameResolverArgs().getOffloadExecutor();
    return offload != null ? offload : ForkJoinPool.commonPool();
  }

  private void connect(String address, InetSocketAddress found) {
    opening.remove(address);
    if (closed || found.isUnresolved()) {
      return;
    }
    EquivalentAddressGroup group =
        new EquivalentAddressGroup(
            found,
            Attributes.newBuilder()
                .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, address)
                .build());
    BrokerLink link = new BrokerLink(helper, group.getAddresses(), onChange);
    links.put(address, link);
    link.resolved(ResolvedAddresses.newBuilder().setAddresses(List.of(group)).build());
  }

  /** Those that are up. */
  void addReady(Map<String, AccountPicker.Target> targets) {
    links.forEach(
        (address, link) -> {
          if (link.hope() == BrokerLink.Hope.READY) {
            targets.put(address, link.target());
          }
        });
  }

  /** Gives up those that can't be reached: an answer that tells of them opens them again. */
  void prune() {
    links
        .values()
        .removeIf(
            link -> {
              boolean gone = link.hope() == BrokerLink.Hope.NONE;
              if (gone) {
                link.close();
              }
              return gone;
            });
  }

  void close() {
    closed = true;
    links.values().forEach(BrokerLink::close);
    links.clear();
  }
}
