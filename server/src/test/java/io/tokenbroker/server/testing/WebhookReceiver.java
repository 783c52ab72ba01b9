package io.tokenbroker.server.testing;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A receiver of webhooks, over real HTTP, that does what the test says. */
public final class WebhookReceiver implements AutoCloseable {
  /** Made up. */
  public static final String SECRET =
      "whsec_"
          + Base64.getEncoder()
              .encodeToString("made-up-made-up-made-up-made-up".getBytes(StandardCharsets.UTF_8));

  /**
   * @param signed whether the signature is right, as the specification of Standard Webhooks has it
   */
  public record Received(String id, long time, String body, boolean signed, String agent) {
    public JsonObject json() {
      return JsonParser.parseString(body).getAsJsonObject();
    }

    public String type() {
      return json().get("type").getAsString();
    }

    public JsonObject data() {
      return json().getAsJsonObject("data");
    }
  }

  /**
   * @param status -1: no answer until this is closed; 0: the connection breaks
   */
  public record Reply(int status, Map<String, String> headers) {
    public Reply(int status) {
      this(status, Map.of());
    }
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ConcurrentLinkedQueue<Reply> replies = new ConcurrentLinkedQueue<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private volatile Reply last = new Reply(204);

  public WebhookReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::take);
    server.start();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/hook?key=made-up");
  }

  /** To the next requests, in this order; then as before, until the next call. */
  public void reply(Reply... next) {
    replies.addAll(Arrays.asList(next));
  }

  /** To all that have no reply of their own. */
  public void replyAlways(Reply always) {
    last = always;
  }

  /** In the order of arrival, whatever was said to it. */
  public List<Received> received() {
    return List.copyOf(received);
  }

  public List<String> types() {
    return received.stream().map(Received::type).toList();
  }

  private void take(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Reply next = replies.poll();
    Reply reply = next == null ? last : next;
    if (exchange.getRequestMethod().equals("POST")) {
      received.add(read(exchange, body));
    }
    if (reply.status() < 0) {
      awaitEnd();
    }
    if (reply.status() > 0) {
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(reply.status(), -1);
    }
    exchange.close();
  }

  private void awaitEnd() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Received read(HttpExchange exchange, String body) {
    String id = exchange.getRequestHeaders().getFirst("webhook-id");
    String time = exchange.getRequestHeaders().getFirst("webhook-timestamp");
    List<String> signatures =
        List.of(exchange.getRequestHeaders().getFirst("webhook-signature").split(" "));
    return new Received(
        id,
        Long.parseLong(time),
        body,
        signatures.contains(signature(id + "." + time + "." + body)),
        exchange.getRequestHeaders().getFirst("user-agent"));
  }

  private static String signature(String content) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      byte[] key = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
      mac.init(new SecretKeySpec(key, "raw"));
      byte[] hash = mac.doFinal(content.getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
