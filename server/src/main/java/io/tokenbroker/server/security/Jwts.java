package io.tokenbroker.server.security;

import com.nimbusds.jose.jwk.JWKSet;
import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureDetails;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JWTs of one issuer, whose keys may be replaced at any time. What can't be used, or not be had,
 * leaves those before in force. Thread-safe.
 */
public final class Jwts {
  private static final Logger log = LoggerFactory.getLogger(Jwts.class);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final JwtSettings settings;
  private final JwksSource source;
  private volatile @Nullable JwtVerifier verifier;

  // only used by who reloads
  private String used = "";
  private String told = "";

  public Jwts(JwtSettings settings, LongSupplier ticker) {
    this.settings = settings;
    this.source = JwksSource.of(settings, ticker);
  }

  /**
   * Reads the keys if they are in a file; those of a URL come with the first {@link #reload}.
   *
   * @throws TlsException if the file can't be used
   */
  public void start() throws TlsException {
    if (settings.file().isPresent()) {
      try {
        use(source.read());
      } catch (IOException | ParseException e) {
        throw new TlsException(cause(e));
      }
    }
  }

  /**
   * Looks whether there are other keys. Called by one thread, again and again; may block.
   *
   * @return whether there are
   */
  public boolean reload() {
    if (!source.isDue()) {
      return false;
    }
    try {
      boolean changed = use(source.read());
      told = "";
      return changed;
    } catch (IOException | ParseException e) {
      String cause = cause(e);
      if (!cause.equals(told)) {
        told = cause;
        log.atWarn()
            .addKeyValue("cause", cause)
            .log("keys for JWTs can't be used, those before stay in force");
      }
      return false;
    }
  }

  private String cause(Exception e) {
    return source + (e instanceof ParseException ? " is not a JWKS: " : ": ") + e.getMessage();
  }

  private boolean use(String text) throws ParseException {
    if (text.equals(used)) {
      return false;
    }
    JWKSet keys = JWKSet.parse(text);
    if (keys.isEmpty()) {
      throw new ParseException("it has no keys", 0);
    }
    verifier = new JwtVerifier(settings, keys);
    used = text;
    log.atInfo().addKeyValue("source", source).addKeyValue("keys", keys.size()).log("JWKS loaded");
    return true;
  }

  /**
   * @throws BrokerException if it is not one that is taken
   */
  Verified verify(String token) {
    JwtVerifier current = verifier;
    if (current == null) {
      throw BrokerException.storeUnavailable(
          "The keys that JWTs are signed with could not be fetched yet. Try again.",
          RETRY_AFTER,
          null);
    }
    try {
      return current.verify(token);
    } catch (BrokerException e) {
      if (e.details() instanceof FailureDetails.Unauthenticated because
          && because.why() == AuthenticationFailure.SIGNATURE) {
        source.missed();
      }
      throw e;
    }
  }

  boolean knows(String token) {
    JwtVerifier current = verifier;
    return current != null && current.knows(token);
  }

  /** Changes whenever what {@link #verify} has said may no longer hold. */
  @Nullable Object epoch() {
    return verifier;
  }
}
