package io.tokenbroker.server.alert;

import com.google.gson.JsonObject;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.rotation.Headroom;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** Writes alerts. Thread-safe. */
public final class AlertTexts {
  private static final int ID_BYTES = 16;

  private final Supplier<String> broker;

  /**
   * @param broker who tells
   */
  public AlertTexts(Supplier<String> broker) {
    this.broker = broker;
  }

  /** That an account has become low, out, or well again. */
  Alert account(AlertType type, AccountId account, Headroom headroom, Instant time) {
    JsonObject data = data(account, reason(headroom));
    data.addProperty("tokens", headroom.tokens());
    data.addProperty("ready", headroom.ready());
    data.addProperty("soon", headroom.soon());
    JsonObject benched = new JsonObject();
    headroom.benched().forEach((reason, count) -> benched.addProperty(text(reason), count));
    data.add("benched", benched);
    // by whom and when: nothing else tells one time from the next
    String id = id(type, account.value(), String.valueOf(time.toEpochMilli()), broker.get());
    return alert(id, type, time, data);
  }

  /** That the upstream has refused a token. */
  public Alert quarantined(AccountId account, TokenInfo token, String outcome, Instant since) {
    JsonObject data = data(account, outcome);
    token(data, token.id().value(), token.settings().label());
    String time = String.valueOf(since.toEpochMilli());
    return alert(
        id(AlertType.TOKEN_QUARANTINED, account.value(), token.id().value(), time),
        AlertType.TOKEN_QUARANTINED,
        since,
        data);
  }

  Alert expiring(AccountId account, Headroom.Expiring token, Instant now) {
    JsonObject data = data(account, "expires");
    token(data, token.token().value(), token.label());
    data.addProperty("expire_time", token.time().toString());
    String time = String.valueOf(token.time().toEpochMilli());
    return alert(
        id(AlertType.TOKEN_EXPIRING, account.value(), token.token().value(), time),
        AlertType.TOKEN_EXPIRING,
        now,
        data);
  }

  private static void token(JsonObject data, String id, String label) {
    data.addProperty("token_id", id);
    data.addProperty("label", label);
  }

  private JsonObject data(AccountId account, String reason) {
    JsonObject data = new JsonObject();
    data.addProperty("broker", broker.get());
    data.addProperty("account", account.value());
    data.addProperty("reason", reason);
    return data;
  }

  /** What keeps back most of them. */
  private static String reason(Headroom headroom) {
    if (headroom.paused()) {
      return text(BenchReason.PAUSE);
    }
    return headroom.benched().entrySet().stream()
        .max(Comparator.comparingInt(Map.Entry::getValue))
        .map(most -> text(most.getKey()))
        .orElse("");
  }

  private static String text(BenchReason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static Alert alert(String id, AlertType type, Instant time, JsonObject data) {
    JsonObject body = new JsonObject();
    body.addProperty("id", id);
    body.addProperty("type", type.text());
    body.addProperty("timestamp", time.toString());
    body.add("data", data);
    return new Alert(id, body.toString());
  }

  private static String id(AlertType type, String... of) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(type.text().getBytes(StandardCharsets.UTF_8));
      for (String part : of) {
        digest.update((byte) 0);
        digest.update(part.getBytes(StandardCharsets.UTF_8));
      }
      byte[] hash = Arrays.copyOf(digest.digest(), ID_BYTES);
      return "evt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
