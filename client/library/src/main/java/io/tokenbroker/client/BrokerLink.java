package io.tokenbroker.client;

import io.grpc.ConnectivityState;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.Helper;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancerRegistry;
import io.grpc.SynchronizationContext.ScheduledHandle;
import io.grpc.util.ForwardingLoadBalancerHelper;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The connection to one broker, kept up by pick_first. Runs in the synchronization context. */
final class BrokerLink extends ForwardingLoadBalancerHelper {
  /** How long the calls of a broker's accounts wait for it before they go to another one. */
  private static final long PATIENCE_SECONDS = 1;

  enum Hope {
    READY,
    /** Connecting since less than the patience. */
    SOON,
    /** Connecting for longer. */
    LATE,
    /** Refused, or given up. */
    NONE
  }

  private final Helper helper;
  private final List<SocketAddress> addresses;
  private final Runnable onChange;
  private final LoadBalancer connection;
  private SubchannelPicker picker =
      new LoadBalancer.FixedResultPicker(LoadBalancer.PickResult.withNoResult());
  private Hope hope = Hope.SOON;
  private boolean closed;
  private @Nullable ScheduledHandle patience;

  BrokerLink(Helper helper, List<SocketAddress> addresses, Runnable onChange) {
    this.helper = helper;
    this.addresses = addresses;
    this.onChange = onChange;
    this.connection =
        Objects.requireNonNull(LoadBalancerRegistry.getDefaultRegistry().getProvider("pick_first"))
            .newLoadBalancer(this);
    startWaiting();
  }

  private void startWaiting() {
    patience =
        helper
            .getSynchronizationContext()
            .schedule(
                this::runOut,
                PATIENCE_SECONDS,
                TimeUnit.SECONDS,
                helper.getScheduledExecutorService());
  }

  private void runOut() {
    patience = null;
    if (hope == Hope.SOON) {
      hope = Hope.LATE;
      onChange.run();
    }
  }

  void resolved(LoadBalancer.ResolvedAddresses addresses) {
    var unused = connection.acceptResolvedAddresses(addresses);
  }

  @Override
  public void updateBalancingState(ConnectivityState state, SubchannelPicker newPicker) {
    if (closed) {
      return;
    }
    picker = newPicker;
    if (state == ConnectivityState.IDLE) {
      connection.requestConnection();
    }
    Hope before = hope;
    hope =
        switch (state) {
          case READY -> Hope.READY;
          case TRANSIENT_FAILURE, SHUTDOWN -> Hope.NONE;
          default -> before == Hope.READY ? Hope.SOON : before;
        };
    if (hope == Hope.SOON && patience == null) {
      startWaiting();
    } else if (hope != Hope.SOON) {
      stopWaiting();
    }
    onChange.run();
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel();
      patience = null;
    }
  }

  Hope hope() {
    return hope;
  }

  AccountPicker.Target target() {
    return new AccountPicker.Target(addresses, picker);
  }

  void close() {
    closed = true;
    stopWaiting();
    connection.shutdown();
  }

  @Override
  protected Helper delegate() {
    return helper;
  }
}
