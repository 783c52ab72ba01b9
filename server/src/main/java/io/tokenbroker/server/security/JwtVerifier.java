package io.tokenbroker.server.security;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks JWTs against one set of keys. What was found good is kept, so that a token is checked once
 * and not for each call. Thread-safe.
 */
final class JwtVerifier {
  /** In characters. Those of Kubernetes have about 1,000; all headers of a call may have 8 KiB. */
  private static final int MAX_LENGTH = 8 * 1024;

  private static final int MIN_RSA_BITS = 2048;

  /** By how much clocks may differ. */
  private static final long SKEW_MILLIS = 30_000;

  private static final int REMEMBERED = 10_000;

  private final JwtSettings settings;
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
  private final ConcurrentHashMap<String, Verified> good = new ConcurrentHashMap<>();

  JwtVerifier(JwtSettings settings, JWKSet keys) {
    this.settings = settings;
    Set<JWSAlgorithm> algorithms =
        settings.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet());
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(algorithms, new ImmutableJWKSet<>(usable(keys))));
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    // they are checked below, with a reason that callers are told
    processor.setJWTClaimsSetVerifier((claims, context) -> {});
  }

  /** Public ones that are long enough. */
  private static JWKSet usable(JWKSet keys) {
    return new JWKSet(
        keys.toPublicJWKSet().getKeys().stream().filter(JwtVerifier::isStrong).toList());
  }

  private static boolean isStrong(JWK key) {
    return !(key instanceof RSAKey) || key.size() >= MIN_RSA_BITS;
  }

  /**
   * @throws BrokerException if it is not one that is taken; whether it is valid now is not looked
   *     at
   */
  Verified verify(String token) {
    if (token.length() > MAX_LENGTH) {
      throw BrokerException.unauthenticated(AuthenticationFailure.MALFORMED);
    }
    String hash = BearerKey.hash(token);
    Verified known = good.get(hash);
    if (known != null) {
      return known;
    }
    Verified verified = check(claims(token));
    if (good.size() >= REMEMBERED) {
      good.clear();
    }
    good.put(hash, verified);
    return verified;
  }

  boolean knows(String token) {
    return token.length() <= MAX_LENGTH && good.containsKey(BearerKey.hash(token));
  }

  private JWTClaimsSet claims(String token) {
    JWT jwt;
    try {
      jwt = JWTParser.parse(token);
    } catch (ParseException e) {
      throw BrokerException.unauthenticated(AuthenticationFailure.MALFORMED);
    }
    try {
      return processor.process(jwt, null);
    } catch (BadJOSEException | JOSEException e) {
      throw BrokerException.unauthenticated(AuthenticationFailure.SIGNATURE);
    }
  }

  private Verified check(JWTClaimsSet claims) {
    if (!settings.issuer().equals(claims.getIssuer())) {
      throw BrokerException.unauthenticated(AuthenticationFailure.ISSUER);
    }
    if (!claims.getAudience().contains(settings.audience())) {
      throw BrokerException.unauthenticated(AuthenticationFailure.AUDIENCE);
    }
    Instant end = instant(claims.getExpirationTime());
    String subject = claims.getSubject();
    if (end == null || subject == null) {
      throw BrokerException.unauthenticated(AuthenticationFailure.MALFORMED);
    }
    Instant begin = instant(claims.getNotBeforeTime());
    return new Verified(
        new Caller(
            Caller.Kind.JWT,
            CallerName.of("jwt:", subject)
                .orElseThrow(
                    () -> BrokerException.unauthenticated(AuthenticationFailure.MALFORMED))),
        begin == null ? Long.MIN_VALUE : begin.toEpochMilli() - SKEW_MILLIS,
        end.toEpochMilli() + SKEW_MILLIS);
  }

  private static @Nullable Instant instant(@Nullable Date claim) {
    return claim == null ? null : claim.toInstant();
  }
}
