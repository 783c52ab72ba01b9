package io.tokenbroker.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The upstream: tells the price of a quote to who has a token, one request per token at a time. */
final class QuoteServer implements AutoCloseable {
  private final Map<String, Quote> quotes;
  private final Set<String> busy = ConcurrentHashMap.newKeySet();
  private final AtomicInteger refused = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  QuoteServer(Iterable<Quote> all) throws IOException {
    quotes =
        java.util.stream.StreamSupport.stream(all.spliterator(), false)
            .collect(
                Collectors.toMap(quote -> Integer.toString(quote.number()), Function.identity()));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/quotes/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  URI uri(Quote quote) {
    return URI.create(
        "http://127.0.0.1:" + server.getAddress().getPort() + "/quotes/" + quote.number());
  }

  /** How many requests came with a token that was in use. */
  int refused() {
    return refused.get();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String token = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    if (!token.startsWith("Bearer ")) {
      answer(exchange, 401, "");
    } else if (!busy.add(token)) {
      refused.incrementAndGet();
      answer(exchange, 429, "");
    } else {
      Quote quote = quotes.get(exchange.getRequestURI().getPath().substring("/quotes/".length()));
      busy.remove(token);
      answer(exchange, quote == null ? 404 : 200, quote == null ? "" : quote.price().toString());
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
