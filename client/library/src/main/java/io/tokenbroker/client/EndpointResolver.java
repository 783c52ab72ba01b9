package io.tokenbroker.client;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the channel all addresses of a fixed list of endpoints. A host name with several addresses
 * stands for several brokers. The channel asks again when connections break, and this asks again by
 * itself while some of the names have no address.
 *
 * <p>All its methods run in the channel's synchronization context; only the look-up does not.
 */
final class EndpointResolver extends NameResolver {
  private static final long RETRY_SECONDS = 30;

  private final List<Endpoint> endpoints;
  private final SynchronizationContext context;
  private final ScheduledExecutorService scheduler;
  private final Executor lookups;

  private @Nullable Listener2 listener;
  private SynchronizationContext.@Nullable ScheduledHandle retry;
  private boolean resolving;

  EndpointResolver(
      List<Endpoint> endpoints,
      SynchronizationContext context,
      ScheduledExecutorService scheduler,
      Executor lookups) {
    this.endpoints = endpoints;
    this.context = context;
    this.scheduler = scheduler;
    this.lookups = lookups;
  }

  @Override
  public String getServiceAuthority() {
    return endpoints.get(0).authority();
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    refresh();
  }

  @Override
  public void refresh() {
    if (resolving || listener == null) {
      return;
    }
    resolving = true;
    lookups.execute(
        () -> {
          Addresses found = lookUp();
          context.execute(() -> publish(found));
        });
  }

  @Override
  public void shutdown() {
    listener = null;
    cancelRetry();
  }

  private void publish(Addresses found) {
    resolving = false;
    Listener2 current = listener;
    if (current == null) {
      return;
    }
    cancelRetry();
    StatusOr<List<EquivalentAddressGroup>> result;
    if (found.groups().isEmpty()) {
      result =
          StatusOr.fromStatus(
              Status.UNAVAILABLE
                  .withDescription("unknown host " + String.join(", ", found.unknownHosts()))
                  .withCause(new UnknownHostException(found.unknownHosts().get(0))));
    } else {
      result = StatusOr.fromValue(found.groups());
      if (!found.unknownHosts().isEmpty()) {
        retry = context.schedule(this::refresh, RETRY_SECONDS, TimeUnit.SECONDS, scheduler);
      }
    }
    // the channel itself comes back after a failure, with back-off
    Status unused =
        current.onResult2(ResolutionResult.newBuilder().setAddressesOrError(result).build());
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
  }

  private Addresses lookUp() {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      Attributes attributes =
          Attributes.newBuilder()
              .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, endpoint.authority())
              .build();
      try {
        for (InetAddress address : InetAddress.getAllByName(endpoint.host())) {
          groups.add(
              new EquivalentAddressGroup(
                  new InetSocketAddress(address, endpoint.port()), attributes));
        }
      } catch (UnknownHostException e) {
        unknown.add(endpoint.host());
      }
    }
    return new Addresses(groups, unknown);
  }

  private record Addresses(List<EquivalentAddressGroup> groups, List<String> unknownHosts) {}
}
