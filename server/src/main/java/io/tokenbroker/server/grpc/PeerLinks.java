package io.tokenbroker.server.grpc;

import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections to peers of one event loop: a call that comes by the loop goes on by it, and no
 * thread has to wake another one. Used by its thread alone.
 */
final class PeerLinks {
  /**
   * Calls of one connection, with streams of calls; a broker takes so many, whatever its limits.
   */
  static final int MOST_CALLS = 400;

  /** Of them at the most: streams that bring calls, one that takes new ones and some that end. */
  private static final int CALL_STREAMS = 10;

  /** In bytes. What a peer may send of an answer that is read as it comes. */
  private static final int WINDOW = 64 * 1024;

  /** In bytes, of a stream: it stays here as long as the caller does not read. */
  private static final int STREAM_WINDOW = 8 * 1024;

  /** In bytes. The state of an account with 100,000 tokens has some ten million. */
  private static final int MOST_BYTES = 64 << 20;

  private static final long KEEPALIVE_SECONDS = 20;
  private static final long KEEPALIVE_TIMEOUT_SECONDS = 5;
  private static final long IDLE_MINUTES = 5;

  /** How often a peer is tried that could not be reached; grpc-java alone waits for longer. */
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** For how long a broker of an older version is taken for one. */
  private static final long OLDER_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final ForwardingLoop calls;
  private final EventLoop loop;
  private final Optional<SslContext> tls;
  private final LongSupplier ticker;
  private final Map<String, List<Link>> links = new HashMap<>();

  /**
   * @param ticker monotonic nanoseconds
   */
  PeerLinks(ForwardingLoop calls, EventLoop loop, Optional<SslContext> tls, LongSupplier ticker) {
    this.calls = calls;
    this.loop = loop;
    this.tls = tls;
    this.ticker = ticker;
  }

  /**
   * A connection with room for one more call, which is to be given back.
   *
   * @param address HOST:PORT
   * @param stream whether it takes as long as its caller likes
   */
  Link take(String address, boolean stream) {
    List<Link> there = links.computeIfAbsent(address, any -> new ArrayList<>(1));
    Link free = null;
    for (Link link : there) {
      if (link.ofStreams == stream && link.calls < MOST_CALLS - CALL_STREAMS) {
        free = link;
        break;
      }
    }
    if (free == null) {
      free = new Link(open(address, stream ? STREAM_WINDOW : WINDOW), stream);
      there.add(free);
    }
    free.take();
    return free;
  }

  private ManagedChannel open(String address, int window) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget("dns:///" + address)
            .eventLoopGroup(loop)
            .channelFactory(EventLoops::connection)
            .directExecutor()
            .flowControlWindow(window)
            .maxInboundMessageSize(MOST_BYTES)
            .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .idleTimeout(IDLE_MINUTES, TimeUnit.MINUTES);
    if (tls.isPresent()) {
      builder.sslContext(tls.get());
    } else {
      builder.usePlaintext();
    }
    return builder.build();
  }

  /** Closes those to brokers that are no members any more. */
  void keep(Predicate<String> isMember) {
    links
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !isMember.test(entry.getKey());
              if (gone) {
                entry.getValue().forEach(Link::shutdown);
              }
              return gone;
            });
  }

  void close() {
    links.values().forEach(all -> all.forEach(link -> link.channel.shutdownNow()));
    links.clear();
  }

  /** One connection. */
  final class Link {
    final ManagedChannel channel;
    private final boolean ofStreams;
    private int calls;
    private long tried = ticker.getAsLong() - RETRY_NANOS;
    private @Nullable PeerStream stream;

    /** Until when it gets no stream, as it did not know one. */
    private long unknown = ticker.getAsLong();

    private Link(ManagedChannel channel, boolean ofStreams) {
      this.channel = channel;
      this.ofStreams = ofStreams;
    }

    private void take() {
      calls++;
      if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
          && ticker.getAsLong() - tried >= RETRY_NANOS) {
        tried = ticker.getAsLong();
        channel.resetConnectBackoff();
      }
    }

    /** Whether short calls can go to the peer in messages with others. */
    boolean knowsStreams() {
      return ticker.getAsLong() - unknown >= 0;
    }

    /**
     * @param key of the peer
     */
    PeerStream stream(String key) {
      PeerStream known = stream;
      if (known == null || known.isRetired()) {
        known = newStream(key);
        stream = known;
      }
      return known;
    }

    /** With neither the deadline nor the end of the call that is the first. */
    private PeerStream newStream(String key) {
      Context before = Context.ROOT.attach();
      try {
        Metadata headers = new Metadata();
        Hop.put(headers, key, Hop.OF_A_BROKER.text());
        return new PeerStream(
            PeerLinks.this.calls, this, headers, () -> unknown = ticker.getAsLong() + OLDER_NANOS);
      } finally {
        Context.ROOT.detach(before);
      }
    }

    private void shutdown() {
      if (stream != null) {
        stream.retire();
      }
      channel.shutdown();
    }

    void giveBack() {
      calls--;
    }
  }
}
