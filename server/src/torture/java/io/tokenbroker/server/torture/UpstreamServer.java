package io.tokenbroker.server.torture;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An API of somebody else's, over HTTP: a process of its own, with a clock of its own, that counts
 * the calls with each token, takes some time to answer, and wants to be left alone for some seconds
 * (429 with Retry-After) by a token of which too many have arrived, and now and then by any. Knows
 * nothing of brokers.
 *
 * <p>Arguments: calls in a window; its milliseconds; calls at once; a seed. Says {@code listening
 * PORT}, and ends with its standard input.
 *
 * <p>{@code POST /call} with the token as bearer, and in {@code asked} a time of before its turn
 * was asked for; {@code POST /reported?ID} once a cooldown's report was answered; each answer bears
 * the time in {@code now}. {@code GET /found} tells what is against the rules, a line each, once,
 * and {@code GET /counts} what there was.
 */
public final class UpstreamServer {
  private static final int SHORT_MILLIS = 250;

  /** Of one call of so many: longer than it takes until a crashed owner has a successor. */
  private static final int LONG_ONES = 8;

  private static final int LONG_MILLIS = 6_000;

  /** One call of so many begins a cooldown. */
  private static final int MOOD = 40;

  private static final int SHORTEST_COOLDOWN_SECONDS = 2;
  private static final int LONGEST_COOLDOWN_SECONDS = 8;
  private static final int TOO_MANY_REQUESTS = 429;

  private final UpstreamPlan plan;
  private final Random random;
  private final Map<String, UpstreamToken> tokens = new ConcurrentHashMap<>();
  private final Queue<String> found = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);
  private final long begin = System.nanoTime();
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong early = new AtomicLong();
  private final AtomicLong cooldowns = new AtomicLong();
  private final AtomicLong reported = new AtomicLong();

  private UpstreamServer(UpstreamPlan plan, long seed) {
    this.plan = plan;
    this.random = new Random(seed);
  }

  public static void main(String[] args) throws IOException {
    UpstreamPlan plan =
        new UpstreamPlan(
            Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    UpstreamServer upstream = new UpstreamServer(plan, Long.parseLong(args[3]));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/call", upstream::call);
    server.createContext("/reported", upstream::reported);
    server.createContext("/found", upstream::found);
    server.createContext("/counts", upstream::counts);
    server.start();
    System.out.println("listening " + server.getAddress().getPort());
    while (System.in.read() >= 0) {
      // until whoever has begun it is gone
    }
    System.exit(0);
  }

  private long now() {
    return System.nanoTime() - begin;
  }

  private void call(HttpExchange exchange) {
    String secret = exchange.getRequestHeaders().getFirst("authorization");
    UpstreamToken token = tokens.computeIfAbsent(secret, any -> new UpstreamToken(plan));
    long asked = Long.parseLong(exchange.getRequestHeaders().getFirst("asked"));
    UpstreamToken.Arrival arrival = token.arrive(asked, now());
    arrival.violations().forEach(violation -> found.add(violation + " " + secret));
    long unused = calls.incrementAndGet();
    if (arrival.early()) {
      long unusedCount = early.incrementAndGet();
    }
    int millis = random.nextInt(random.nextInt(LONG_ONES) == 0 ? LONG_MILLIS : SHORT_MILLIS);
    var unusedTask =
        later.schedule(
            () -> answer(exchange, token, arrival.early()), millis, TimeUnit.MILLISECONDS);
  }

  private void answer(HttpExchange exchange, UpstreamToken token, boolean early) {
    token.leave();
    if (early || random.nextInt(MOOD) == 0) {
      int seconds = random.nextInt(SHORTEST_COOLDOWN_SECONDS, LONGEST_COOLDOWN_SECONDS + 1);
      long id = cooldowns.incrementAndGet();
      token.cool(id, now() + TimeUnit.SECONDS.toNanos(seconds));
      exchange.getResponseHeaders().set("retry-after", Integer.toString(seconds));
      exchange.getResponseHeaders().set("cooldown", Long.toString(id));
      send(exchange, TOO_MANY_REQUESTS, "");
    } else {
      send(exchange, 200, "");
    }
  }

  private void reported(HttpExchange exchange) {
    long id = Long.parseLong(exchange.getRequestURI().getQuery());
    long now = now();
    tokens.values().forEach(token -> token.reported(id, now));
    long unused = reported.incrementAndGet();
    send(exchange, 200, "");
  }

  private void found(HttpExchange exchange) {
    StringBuilder lines = new StringBuilder();
    for (String line = found.poll(); line != null; line = found.poll()) {
      lines.append(line).append('\n');
    }
    send(exchange, 200, lines.toString());
  }

  private void counts(HttpExchange exchange) {
    send(
        exchange,
        200,
        "%d calls, %d of them early by their arrival, %d cooldowns, %d of them reported"
            .formatted(calls.get(), early.get(), cooldowns.get(), reported.get()));
  }

  private void send(HttpExchange exchange, int status, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("now", Long.toString(now()));
    try (exchange) {
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    } catch (IOException e) {
      // whoever asked is gone
    }
  }
}
