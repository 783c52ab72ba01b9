package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Has each call about an account answered by the account's owner: the innermost of what stands
 * before the services, so that who calls and what they may is decided here. Thread-safe.
 */
final class Forwarding implements ServerInterceptor {
  final FleetPorts fleet;
  final LongSupplier ticker;
  final TurnStreams turnStreams = new TurnStreams();
  final UnreachedPeers unreached;
  final LongAdder forwarded = new LongAdder();
  final LongAdder lookedAgain = new LongAdder();
  final LongAdder split = new LongAdder();

  private final Supplier<EventLoop> eventLoop;

  // an entry for each event loop
  private final Map<EventLoop, ForwardingLoop> loops = new ConcurrentHashMap<>();
  private volatile boolean closing;

  /**
   * @param eventLoop the one that asks
   * @param ticker monotonic nanoseconds
   */
  Forwarding(FleetPorts fleet, Supplier<EventLoop> eventLoop, LongSupplier ticker) {
    this.fleet = fleet;
    this.eventLoop = eventLoop;
    this.ticker = ticker;
    this.unreached = new UnreachedPeers(ticker);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    MethodRule rule = InboundCall.current().rule();
    if (!rule.isOwned()) {
      return next.startCall(call, headers);
    }
    call.request(2); // one message, and the second that there must not be
    ForwardingLoop loop = loops.computeIfAbsent(eventLoop.get(), this::loop);
    return new OwnedCall<>(this, loop, rule, call, headers, next);
  }

  private ForwardingLoop loop(EventLoop loop) {
    return new ForwardingLoop(
        loop, fleet.tls(), address -> fleet.peers().keyOf(address).isPresent(), ticker);
  }

  boolean isClosing() {
    return closing;
  }

  /** Ends what is forwarded and lasts, with UNAVAILABLE; the rest may finish. */
  void close() {
    closing = true;
    all(OwnedCall::shutDown);
  }

  /** Ends what is forwarded and whose callers are known no more, or may no more have it. */
  void recheck() {
    all(OwnedCall::recheck);
  }

  /** Closes all connections. */
  void disconnect() {
    loops.values().forEach(loop -> loop.run(loop::disconnect));
  }

  private void all(Consumer<OwnedCall<?, ?>> action) {
    loops.values().forEach(loop -> loop.run(() -> loop.forEach(action)));
  }
}
