package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.EventLoop;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * The calls of one event loop that are forwarded. Used by its thread alone, but for {@link #run}.
 */
final class ForwardingLoop {
  /** How often is looked whether calls are still with the owners of their accounts. */
  private static final long TICK_MILLIS = 250;

  private static final int REMEMBERED = 10_000;

  private final EventLoop loop;
  final PeerLinks links;
  final Seekers seekers = new Seekers(this);

  /** What goes along of whose call it is; nearly every call has one that is known. */
  private final Map<Hop, String> callers = new HashMap<>();

  private final Set<OwnedCall<?, ?>> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Predicate<String> isMember;
  private boolean ticking;
  private long arrivals;

  /**
   * @param tls for calls to peers; empty for plain text
   * @param isMember of an address
   * @param ticker monotonic nanoseconds
   */
  ForwardingLoop(
      EventLoop loop, Optional<SslContext> tls, Predicate<String> isMember, LongSupplier ticker) {
    this.isMember = isMember;
    this.loop = loop;
    this.links = new PeerLinks(this, loop, tls, ticker);
  }

  /** As {@link Hop#text} has it. */
  String text(Hop caller) {
    String known = callers.get(caller);
    if (known == null) {
      known = caller.text();
      if (callers.size() >= REMEMBERED) {
        callers.clear();
      }
      callers.put(caller, known);
    }
    return known;
  }

  /** At once on the loop's own thread. */
  void run(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      try {
        loop.execute(task);
      } catch (RejectedExecutionException e) {
        // it has ended, and all its calls with it
      }
    }
  }

  /** Later, on the loop's own thread, before it looks at its connections again if it has time. */
  void execute(Runnable task) {
    loop.execute(task);
  }

  void after(long nanos, Runnable task) {
    var unused = later(nanos, task);
  }

  /** The same, to be cancelled. */
  Future<?> later(long nanos, Runnable task) {
    return loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  long nextArrival() {
    return arrivals++;
  }

  void add(OwnedCall<?, ?> call) {
    open.add(call);
    if (!ticking) {
      ticking = true;
      tickLater();
    }
  }

  void remove(OwnedCall<?, ?> call) {
    open.remove(call);
  }

  private void tickLater() {
    after(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS), this::tick);
  }

  private void tick() {
    forEach(OwnedCall::look);
    links.keep(isMember);
    ticking = !open.isEmpty();
    if (ticking) {
      tickLater();
    }
  }

  void forEach(Consumer<OwnedCall<?, ?>> action) {
    List.copyOf(open).forEach(action);
  }

  void disconnect() {
    links.close();
  }
}
