package io.tokenbroker.server.testing;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The transit engine of OpenBao 2.7 as far as a keyset needs it, over real HTTP: one key, one
 * token, and the answers to what is wrong that the real one gives.
 */
public final class FakeVault implements AutoCloseable {
  public static final String TOKEN = "made-up-vault-token";

  private final SecureRandom random = new SecureRandom();
  private final byte[] key = new byte[32];
  private final HttpServer server;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean sealed;

  public FakeVault() throws IOException {
    random.nextBytes(key);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Of the key. */
  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/transit/keys/tokenbroker";
  }

  public int calls() {
    return calls.get();
  }

  /** Nothing can be had of it any more, as after its restart. */
  public void seal() {
    sealed = true;
  }

  private void answer(HttpExchange exchange) throws IOException {
    calls.incrementAndGet();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = exchange.getRequestURI().getPath();
    if (sealed) {
      send(exchange, 503, "{\"errors\":[\"Vault is sealed\"]}");
    } else if (!TOKEN.equals(exchange.getRequestHeaders().getFirst("X-Vault-Token"))) {
      send(exchange, 403, "{\"errors\":[\"permission denied\"]}");
    } else if (path.equals("/v1/transit/encrypt/tokenbroker")) {
      send(exchange, 200, encrypt(JsonParser.parseString(body).getAsJsonObject()));
    } else if (path.equals("/v1/transit/decrypt/tokenbroker")) {
      try {
        send(exchange, 200, decrypt(JsonParser.parseString(body).getAsJsonObject()));
      } catch (GeneralSecurityException | RuntimeException e) {
        send(exchange, 400, "{\"errors\":[\"cipher: message authentication failed\"]}");
      }
    } else if (path.startsWith("/v1/transit/")) {
      send(exchange, 400, "{\"errors\":[\"encryption key not found\"]}");
    } else {
      send(exchange, 404, "{\"errors\":[\"no handler for route\"]}");
    }
  }

  private String encrypt(JsonObject request) {
    byte[] nonce = new byte[12];
    random.nextBytes(nonce);
    try {
      byte[] plaintext = Base64.getDecoder().decode(request.get("plaintext").getAsString());
      byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(plaintext);
      byte[] both = new byte[nonce.length + encrypted.length];
      System.arraycopy(nonce, 0, both, 0, nonce.length);
      System.arraycopy(encrypted, 0, both, nonce.length, encrypted.length);
      return data("ciphertext", "vault:v1:" + Base64.getEncoder().encodeToString(both));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private String decrypt(JsonObject request) throws GeneralSecurityException {
    String text = request.get("ciphertext").getAsString();
    if (!text.startsWith("vault:v1:")) {
      throw new GeneralSecurityException("invalid ciphertext: no prefix");
    }
    byte[] both = Base64.getDecoder().decode(text.substring("vault:v1:".length()));
    byte[] nonce = new byte[12];
    System.arraycopy(both, 0, nonce, 0, nonce.length);
    byte[] plaintext = cipher(Cipher.DECRYPT_MODE, nonce).doFinal(both, 12, both.length - 12);
    return data("plaintext", Base64.getEncoder().encodeToString(plaintext));
  }

  private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    return cipher;
  }

  private static String data(String field, String value) {
    JsonObject data = new JsonObject();
    data.addProperty(field, value);
    JsonObject answer = new JsonObject();
    answer.addProperty("request_id", "ce26da80-3826-b7c4-fad8-a0c2caade05a");
    answer.add("data", data);
    return answer.toString();
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
