package io.tokenbroker.server.security;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Parts;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A whole token, or a header and claims, which are signed here with a key that is trusted. Nothing
 * that the key has not signed is taken; of what it has, only what is for this broker.
 */
public final class JwtTarget implements FuzzTarget {
  private static final String ISSUER = "https://issuer.example.com";
  private static final String AUDIENCE = "tokenbroker";

  /** In seconds: a thousandth of what a long can be. */
  private static final BigDecimal LATEST = BigDecimal.valueOf(Long.MAX_VALUE / 1_000);

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final JwtVerifier verifier;
  private final PrivateKey key;

  public JwtTarget() {
    try {
      ECKey pair = new ECKeyGenerator(Curve.P_256).keyID("k").generate();
      key = pair.toPrivateKey();
      verifier =
          new JwtVerifier(
              new JwtSettings(
                  Optional.empty(), Optional.empty(), ISSUER, AUDIENCE, List.of("ES256")),
              new JWKSet(pair));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void run(byte[] input) throws GeneralSecurityException {
    Parts parts = Parts.of(input);
    boolean signed = parts.texts().size() > 1;
    String token = signed ? sign(parts.at(0), parts.at(1)) : parts.at(0);
    Verified verified;
    try {
      verified = verifier.verify(token);
    } catch (BrokerException e) {
      if (e.reason() != FailureReason.UNAUTHENTICATED) {
        throw e;
      }
      return;
    }
    if (!signed) {
      throw new AssertionError("forged: " + token);
    }
    if (!verifier.verify(token).equals(verified)) {
      throw new AssertionError("somebody else the second time");
    }
    check(object(parts.at(0)), object(parts.at(1)), verified);
  }

  private String sign(String header, String claims) throws GeneralSecurityException {
    String content = base64(header) + "." + base64(claims);
    boolean hopeless = !isObject(claims) && claims.length() % 8 != 0;
    if (hopeless || !header.contains("ES256") || !isObject(header)) {
      return content + ".AA"; // saves the time, most of which goes into signatures
    }
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key);
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + BASE64.encodeToString(signature.sign());
  }

  private static String base64(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void check(JsonObject header, JsonObject claims, Verified verified) {
    JsonElement audience = claims.get("aud");
    JsonArray audiences = new JsonArray();
    audiences.add(audience);
    if (!header.get("alg").getAsString().equals("ES256")
        || header.has("crit")
        || !claims.get("iss").getAsString().equals(ISSUER)
        || !(audience.isJsonArray() ? audience.getAsJsonArray() : audiences)
            .contains(JsonParser.parseString("\"" + AUDIENCE + "\""))
        || !verified.caller().name().equals("jwt:" + claims.get("sub").getAsString())
        || verified.caller().kind() != Caller.Kind.JWT
        || verified.caller().name().chars().anyMatch(Character::isISOControl)
        || isWrong(verified.until(), claims.get("exp").getAsBigDecimal())) {
      throw new AssertionError(header + " " + claims + " was taken as " + verified);
    }
  }

  /** Beyond what a date can be it is the issuer's fault, and one may be earlier than meant. */
  private static boolean isWrong(long until, BigDecimal claimed) {
    return claimed.abs().compareTo(LATEST) < 0 && until != claimed.longValue() * 1000 + 30_000;
  }

  private static boolean isObject(String text) {
    try {
      return JsonParser.parseString(text).isJsonObject();
    } catch (JsonParseException e) {
      return false;
    }
  }

  private static JsonObject object(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }
}
