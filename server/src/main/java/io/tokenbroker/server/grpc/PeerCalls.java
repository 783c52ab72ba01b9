package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.tokenbroker.server.fleet.Peers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Tells calls of peers from those of callers, before anything asks whose a call is; {@link
 * Admission} refuses who only says to be a peer. Thread-safe.
 */
final class PeerCalls implements ServerInterceptor {
  /** Callers that are remembered, of whom nearly every call has one. */
  private static final int REMEMBERED = 10_000;

  private final Peers peers;
  private final ConcurrentHashMap<String, Hop> hops = new ConcurrentHashMap<>();
  private final LongAdder forged = new LongAdder();

  PeerCalls(Peers peers) {
    this.peers = peers;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (call instanceof HandedOnCall<?, ?> handedOn) {
      InboundCall.current().handedOn(handedOn.hop(), InboundCall.AS_ASKED);
      return next.startCall(call, headers);
    }
    String key = headers.get(Hop.KEY);
    String caller = headers.get(Hop.CALLER);
    if (key != null || caller != null) {
      InboundCall inbound = InboundCall.current();
      Hop hop = key == null || caller == null || !isOurs(key) ? null : hop(caller);
      if (hop == null) {
        forged.increment();
        inbound.forged();
      } else {
        inbound.handedOn(hop, demand(headers.get(Hop.DEMAND)));
      }
    }
    return next.startCall(call, headers);
  }

  /** What a peer says of whose call it is; null if it is no such text. */
  @Nullable Hop hop(String caller) {
    Hop known = hops.get(caller);
    if (known != null) {
      return known;
    }
    try {
      Hop hop = Hop.parse(caller);
      if (hops.size() >= REMEMBERED) {
        hops.clear();
      }
      hops.put(caller, hop);
      return hop;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** In a time that does not tell where they differ. */
  private boolean isOurs(String key) {
    return MessageDigest.isEqual(
        key.getBytes(StandardCharsets.US_ASCII), peers.key().getBytes(StandardCharsets.US_ASCII));
  }

  private static long demand(@Nullable String text) {
    try {
      return text == null ? InboundCall.AS_ASKED : Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return InboundCall.AS_ASKED;
    }
  }

  /** How many calls said to be a peer's and were not. */
  long forged() {
    return forged.sum();
  }
}
