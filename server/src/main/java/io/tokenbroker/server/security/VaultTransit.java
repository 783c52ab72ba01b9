package io.tokenbroker.server.security;

import com.google.crypto.tink.Aead;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Encrypts keysets with a key that never leaves an OpenBao or HashiCorp Vault: its transit engine.
 * Each call is a request to it. Thread-safe; blocks.
 */
public final class VaultTransit implements Aead {
  private static final Pattern KEY =
      Pattern.compile("(https?://[^/?#]+/v1/[^?#]+)/keys/([\\w.-]+)");

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private final String engine;
  private final String key;
  private final Path tokenFile;

  /**
   * @param url of the key, as https://vault.example.com:8200/v1/transit/keys/tokenbroker; https,
   *     but for this machine's loopback
   * @param tokenFile has nothing but the token that may encrypt and decrypt with the key; read with
   *     each call
   * @throws IllegalArgumentException if it is none
   */
  public VaultTransit(String url, Path tokenFile) {
    Matcher parts = KEY.matcher(url);
    if (!parts.matches()) {
      throw new IllegalArgumentException();
    }
    this.engine = parts.group(1);
    this.key = parts.group(2);
    this.tokenFile = tokenFile;
  }

  @Override
  public byte[] encrypt(byte[] plaintext, byte[] associatedData) throws GeneralSecurityException {
    JsonObject body = body(associatedData);
    body.addProperty("plaintext", Base64.getEncoder().encodeToString(plaintext));
    return call("encrypt", body, "ciphertext").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] decrypt(byte[] ciphertext, byte[] associatedData) throws GeneralSecurityException {
    JsonObject body = body(associatedData);
    body.addProperty("ciphertext", new String(ciphertext, StandardCharsets.UTF_8));
    try {
      return Base64.getDecoder().decode(call("decrypt", body, "plaintext"));
    } catch (IllegalArgumentException e) {
      throw new VaultException("gives an answer that is none", false);
    }
  }

  private static JsonObject body(byte[] associatedData) {
    JsonObject body = new JsonObject();
    if (associatedData.length > 0) {
      body.addProperty("associated_data", Base64.getEncoder().encodeToString(associatedData));
    }
    return body;
  }

  private String call(String verb, JsonObject body, String field) throws VaultException {
    URI uri = URI.create(engine + "/" + verb + "/" + key);
    BoundedResponse answer;
    try {
      answer =
          BoundedResponse.of(
              client,
              HttpRequest.newBuilder(uri)
                  .header("X-Vault-Token", token())
                  .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                  .build(),
              TIMEOUT);
    } catch (IOException e) {
      throw new VaultException(
          "can't be reached (%s)".formatted(e.getClass().getSimpleName()), true);
    }
    if (answer.status() != 200) {
      throw refused(answer.status());
    }
    try {
      JsonElement data = JsonParser.parseString(answer.body()).getAsJsonObject().get("data");
      return data.getAsJsonObject().get(field).getAsString();
    } catch (RuntimeException e) {
      throw new VaultException("gives an answer that is none", false);
    }
  }

  /** Its own text is not handed on: it may quote what was sent. */
  private static VaultException refused(int status) {
    return switch (status) {
      case 400 -> new VaultException("says that this was not encrypted with the key", false);
      case 403 -> new VaultException("refuses the token, or what it may not do", false);
      case 404 -> new VaultException("has no such engine or key", false);
      default ->
          new VaultException("fails (HTTP %d)".formatted(status), status >= 500 || status == 429);
    };
  }

  private String token() throws VaultException {
    try {
      String token = Files.readString(tokenFile).strip();
      if (token.isEmpty() || token.length() > 4096 || !token.matches("[\\x21-\\x7e]+")) {
        throw new VaultException("needs a token in " + tokenFile + ", which has none", false);
      }
      return token;
    } catch (NoSuchFileException e) {
      throw new VaultException("needs a token in " + tokenFile + ", which does not exist", false);
    } catch (AccessDeniedException e) {
      throw new VaultException(
          "needs a token in " + tokenFile + ", which can't be read: permission denied", false);
    } catch (IOException e) {
      throw new VaultException(
          "needs a token in %s, which can't be read (%s)"
              .formatted(tokenFile, e.getClass().getSimpleName()),
          false);
    }
  }

  @Override
  public String toString() {
    return engine + "/keys/" + key;
  }
}
