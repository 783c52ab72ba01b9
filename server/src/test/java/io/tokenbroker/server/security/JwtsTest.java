package io.tokenbroker.server.security;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.opts.AllowWeakRSAKey;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureDetails;
import io.tokenbroker.server.model.FailureReason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JWTs as they should be, and as they come. */
class JwtsTest {
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final String ISSUER = "https://issuer.example.com";
  private static final String SUBJECT = "system:serviceaccount:batch:nightly";

  private static RSAKey rsa;
  private static ECKey ec;
  private static RSAKey other;

  @TempDir private Path directory;
  private Path file;
  private Jwts jwts;

  @BeforeAll
  static void keys() throws JOSEException {
    rsa = new RSAKeyGenerator(2048).keyID("r").generate();
    ec = new ECKeyGenerator(Curve.P_256).keyID("e").generate();
    other = new RSAKeyGenerator(2048).keyID("r").generate();
  }

  @BeforeEach
  void start() throws Exception {
    file = directory.resolve("jwks.json");
    write(new JWKSet(List.of(rsa, ec)));
    jwts = new Jwts(settings("RS256", "ES256"), System::nanoTime);
    jwts.start();
  }

  private JwtSettings settings(String... algorithms) {
    return new JwtSettings(
        Optional.of(file), Optional.empty(), ISSUER, "tokenbroker", List.of(algorithms));
  }

  private void write(JWKSet keys) throws IOException {
    Files.writeString(file, keys.toString(true));
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience(List.of("others", "tokenbroker"))
        .subject(SUBJECT)
        .expirationTime(date(60));
  }

  private static Date date(long seconds) {
    return Date.from(NOW.plusSeconds(seconds));
  }

  private static String signed(RSAKey key, JWSAlgorithm algorithm, JWTClaimsSet.Builder claims)
      throws JOSEException {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), claims.build());
    jwt.sign(new RSASSASigner(key));
    return jwt.serialize();
  }

  private static String signed(JWTClaimsSet.Builder claims) throws JOSEException {
    return signed(rsa, JWSAlgorithm.RS256, claims);
  }

  private Caller caller(String token) {
    return jwts.verify(token).at(NOW.toEpochMilli());
  }

  private @Nullable AuthenticationFailure refusal(String token) {
    try {
      Caller unused = caller(token);
      return null;
    } catch (BrokerException e) {
      return ((FailureDetails.Unauthenticated) e.details()).why();
    }
  }

  @Test
  void whoHasOneIsTheSubject() throws Exception {
    Caller expected = new Caller(Caller.Kind.JWT, "jwt:" + SUBJECT);
    String token = signed(claims());
    assertThat(caller(token)).isEqualTo(expected);
    assertThat(caller(token)).as("again, from memory").isEqualTo(expected);
    SignedJWT jwt =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.ES256).build(), claims().build());
    jwt.sign(new ECDSASigner(ec));
    assertThat(caller(jwt.serialize())).isEqualTo(expected);
  }

  @Test
  void timesAreLookedAtEachTime() throws Exception {
    String token = signed(claims().notBeforeTime(date(0)));
    Verified verified = jwts.verify(token);
    assertThat(verified.at(NOW.plusSeconds(89).toEpochMilli()).name()).isEqualTo("jwt:" + SUBJECT);
    assertThatThrownBy(() -> verified.at(NOW.plusSeconds(90).toEpochMilli()))
        .hasMessageContaining("has expired");
    assertThatThrownBy(() -> verified.at(NOW.minusSeconds(31).toEpochMilli()))
        .hasMessageContaining("not valid yet");
  }

  @Test
  void whatIsWrongIsTold() throws Exception {
    assertThat(refusal(signed(claims().expirationTime(date(-31)))))
        .isEqualTo(AuthenticationFailure.EXPIRED);
    assertThat(refusal(signed(claims().notBeforeTime(date(31)))))
        .isEqualTo(AuthenticationFailure.NOT_YET_VALID);
    assertThat(refusal(signed(claims().issuer("https://issuer.example.com/"))))
        .isEqualTo(AuthenticationFailure.ISSUER);
    assertThat(refusal(signed(claims().issuer(null)))).isEqualTo(AuthenticationFailure.ISSUER);
    assertThat(refusal(signed(claims().audience("others"))))
        .isEqualTo(AuthenticationFailure.AUDIENCE);
    assertThat(refusal(signed(claims().audience(List.of()))))
        .isEqualTo(AuthenticationFailure.AUDIENCE);
    assertThat(refusal(signed(claims().expirationTime(null))))
        .isEqualTo(AuthenticationFailure.MALFORMED);
    assertThat(refusal(signed(claims().subject(null)))).isEqualTo(AuthenticationFailure.MALFORMED);
    assertThat(refusal(signed(claims().subject("a\nb"))))
        .isEqualTo(AuthenticationFailure.MALFORMED);
    assertThat(refusal(signed(claims().subject("x".repeat(600)))))
        .isEqualTo(AuthenticationFailure.MALFORMED);
  }

  @Test
  void onlyPinnedAlgorithmsAndKnownKeysCount() throws Exception {
    assertThat(refusal(signed(other, JWSAlgorithm.RS256, claims())))
        .isEqualTo(AuthenticationFailure.SIGNATURE);
    assertThat(refusal(signed(rsa, JWSAlgorithm.RS384, claims())))
        .isEqualTo(AuthenticationFailure.SIGNATURE);
    assertThat(refusal(new PlainJWT(claims().build()).serialize()))
        .isEqualTo(AuthenticationFailure.SIGNATURE);
    SignedJWT mac =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("r").build(), claims().build());
    mac.sign(new MACSigner(rsa.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8)));
    assertThat(refusal(mac.serialize()))
        .as("the public key as a secret")
        .isEqualTo(AuthenticationFailure.SIGNATURE);
    String good = signed(claims());
    String[] parts = good.split("\\.", -1);
    String forged =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                claims().subject("admin").build().toString().getBytes(StandardCharsets.UTF_8));
    assertThat(refusal(parts[0] + "." + forged + "." + parts[2]))
        .isEqualTo(AuthenticationFailure.SIGNATURE);
    String none =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
    assertThat(refusal(none + "." + parts[1] + ".")).isEqualTo(AuthenticationFailure.SIGNATURE);
    assertThat(refusal(none + "." + parts[1] + "." + parts[2]))
        .isIn(AuthenticationFailure.SIGNATURE, AuthenticationFailure.MALFORMED);
  }

  @Test
  void weakAndSecretKeysInTheSetDoNotCount() throws Exception {
    RSAKey weak = new RSAKeyGenerator(1024, true).keyID("w").generate();
    write(
        new JWKSet(
            List.of(
                weak,
                new com.nimbusds.jose.jwk.OctetSequenceKey.Builder(
                        "x".repeat(64).getBytes(StandardCharsets.UTF_8))
                    .keyID("o")
                    .build())));
    assertThat(jwts.reload()).isTrue();
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("w").build(), claims().build());
    jwt.sign(new RSASSASigner(weak.toPrivateKey(), Set.of(AllowWeakRSAKey.getInstance())));
    assertThat(refusal(jwt.serialize())).isEqualTo(AuthenticationFailure.SIGNATURE);
  }

  @Test
  void garbageIsMalformed() throws Exception {
    for (String garbage :
        List.of("", ".", "..", "a.b.c", "e30.e30.", "{}", "[".repeat(4000), "a".repeat(8193))) {
      assertThat(refusal(garbage))
          .as(garbage)
          .isIn(AuthenticationFailure.MALFORMED, AuthenticationFailure.SIGNATURE);
    }
    String deep =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(("{\"a\":" + "[".repeat(5000)).getBytes(StandardCharsets.UTF_8));
    assertThat(refusal(deep + ".e30.e30")).isEqualTo(AuthenticationFailure.MALFORMED);
    assertThat(refusal(signed(claims().claim("more", "x".repeat(100 * 1024)))))
        .isEqualTo(AuthenticationFailure.MALFORMED);
  }

  @Test
  void otherKeysTakeThePlaceOfThoseBefore() throws Exception {
    String old = signed(claims());
    assertThat(refusal(old)).isNull();
    Object before = jwts.epoch();
    Files.writeString(file, "{\"keys\": [");
    assertThat(jwts.reload()).isFalse();
    Files.writeString(file, "{\"keys\": []}");
    assertThat(jwts.reload()).isFalse();
    assertThat(refusal(old)).isNull();
    write(new JWKSet(other));
    assertThat(jwts.reload()).isTrue();
    assertThat(jwts.epoch()).isNotSameAs(before);
    assertThat(refusal(old)).isEqualTo(AuthenticationFailure.SIGNATURE);
    assertThat(refusal(signed(other, JWSAlgorithm.RS256, claims()))).isNull();
  }

  @Test
  void aStartNeedsAFileThatCanBeUsed() throws Exception {
    Files.writeString(file, "no JSON");
    assertThatThrownBy(() -> new Jwts(settings("RS256"), System::nanoTime).start())
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("is not a JWKS");
    Files.delete(file);
    Jwts without = new Jwts(settings("RS256"), System::nanoTime);
    assertThatThrownBy(without::start).hasMessageContaining("does not exist");
    assertThatThrownBy(() -> without.verify("a.b.c")).is(because(FailureReason.STORE_UNAVAILABLE));
  }
}
