package io.tokenbroker.server.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * An API over HTTP that has limits for each token, and counts as strictly as any can: in no span of
 * a window, by its own clock, more requests of one token than the limit. What is beyond is answered
 * with 429 and Retry-After, and not counted.
 */
final class Upstream implements AutoCloseable {
  /** So many requests of one token in any span of the window. */
  record Limit(int count, Duration window) {}

  private static final String SCHEME = "Bearer ";

  private final List<Limit> limits;
  private final HttpServer server;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicLong earliest = new AtomicLong();

  /** What one secret was good for. */
  private final class Token {
    /** When each request that was served arrived. */
    private long[] times = new long[1024];

    private int served;

    /** Nanoseconds until this request would be served; 0 if it is. */
    synchronized long take() {
      long now = System.nanoTime();
      long wait = 0;
      for (Limit limit : limits) {
        if (served >= limit.count()) {
          long free = times[served - limit.count()] + limit.window().toNanos();
          wait = Math.max(wait, free - now);
        }
      }
      if (wait == 0) {
        if (served == times.length) {
          times = Arrays.copyOf(times, 2 * served);
        }
        times[served++] = now;
      }
      return wait;
    }

    synchronized LongStream times() {
      return LongStream.of(times).limit(served);
    }
  }

  /** Serves, on a free port of the loopback. */
  Upstream(List<Limit> limits) throws IOException {
    this.limits = limits;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    var unused = server.createContext("/limited", this::answer);
    unused = server.createContext("/unlimited", exchange -> answer(exchange, 200));
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/limited");
  }

  /** Where nothing is counted. */
  URI unlimited() {
    return uri().resolve("/unlimited");
  }

  /** On the server's only thread. */
  private void answer(HttpExchange exchange) throws IOException {
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    if (given == null || !given.startsWith(SCHEME + Broker.SECRET)) {
      answer(exchange, 401);
      return;
    }
    long wait = tokens.computeIfAbsent(given, any -> new Token()).take();
    if (wait > 0) {
      int unused = refused.incrementAndGet();
      earliest.accumulateAndGet(wait, Math::max);
      exchange.getResponseHeaders().set("Retry-After", Long.toString(1 + wait / 1_000_000_000));
    }
    answer(exchange, wait > 0 ? 429 : 200);
  }

  private static void answer(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  /** How many were answered with 429. */
  int refused() {
    return refused.get();
  }

  /** By how much the one of them that came most too early did, in milliseconds. */
  long earliestMillis() {
    return earliest.get() / 1_000_000;
  }

  /** Over the tokens: how many requests of each were served. */
  LongSummaryStatistics served() {
    return tokens.values().stream().mapToLong(token -> token.times().count()).summaryStatistics();
  }

  /**
   * What was served in the windows of this limit that have passed in full since the first request,
   * of all that the limit allowed in them, 0 to 1.
   */
  double used(Limit limit) {
    List<Long> times = new ArrayList<>();
    tokens.values().forEach(token -> token.times().forEach(times::add));
    long first = times.stream().mapToLong(time -> time).min().orElseThrow();
    long last = times.stream().mapToLong(time -> time).max().orElseThrow();
    long windows = (last - first) / limit.window().toNanos();
    long end = first + windows * limit.window().toNanos();
    long served = times.stream().filter(time -> time < end).count();
    return served / ((double) windows * tokens.size() * limit.count());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
