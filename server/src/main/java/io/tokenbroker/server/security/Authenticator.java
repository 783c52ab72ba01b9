package io.tokenbroker.server.security;

import io.grpc.Metadata;
import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureDetails;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls, by a bearer token if there is one and any are taken, else by the certificate
 * of the connection, or the user at the other end of a Unix socket; where nobody is asked for
 * either, everyone else is local. Thread-safe, never blocks.
 */
public final class Authenticator {
  /** Asks nobody. */
  public static final Authenticator NONE =
      new Authenticator(
          false, List.of(), Optional.empty(), Optional.empty(), InstantSource.system());

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Verified LOCAL = Verified.always(Caller.LOCAL);

  private static final String BEARER = "Bearer ";

  private final boolean certificates;
  private final CertificateNames names;
  private final @Nullable KeyRing keys;
  private final @Nullable Jwts jwts;
  private final InstantSource clock;

  /**
   * @param certificates whether callers may show certificates, which were checked then
   * @param names which of their names count, in this order
   */
  public Authenticator(
      boolean certificates,
      List<NameKind> names,
      Optional<KeyRing> keys,
      Optional<Jwts> jwts,
      InstantSource clock) {
    this.certificates = certificates;
    this.names = new CertificateNames(names);
    this.keys = keys.orElse(null);
    this.jwts = jwts.orElse(null);
    this.clock = clock;
  }

  /** Whether nobody is asked who they are: all but callers through Unix sockets are local. */
  public boolean isOpen() {
    return !certificates && !takesTokens();
  }

  private boolean takesTokens() {
    return keys != null || jwts != null;
  }

  /**
   * Who is at the other end of a connection.
   *
   * @param session empty in plain text
   * @param unixUser the uid of the process that connected; empty unless it did through a Unix
   *     socket
   */
  public Peer peer(Optional<SSLSession> session, OptionalLong unixUser) {
    if (unixUser.isPresent()) {
      return new Peer(
          Verified.always(new Caller(Caller.Kind.UNIX, "uid:" + unixUser.getAsLong())),
          AuthenticationFailure.MISSING);
    }
    if (isOpen()) {
      return new Peer(LOCAL, AuthenticationFailure.MISSING);
    }
    Optional<X509Certificate> shown =
        certificates ? session.flatMap(Authenticator::certificate) : Optional.empty();
    try {
      return new Peer(shown.map(names::verified).orElse(null), AuthenticationFailure.MISSING);
    } catch (BrokerException e) {
      if (!(e.details() instanceof FailureDetails.Unauthenticated because)) {
        throw e;
      }
      return new Peer(null, because.why());
    }
  }

  /** Who is at the other end of another broker's connection, which it answers for. */
  public Peer vouched(Caller caller) {
    return new Peer(Verified.always(caller), AuthenticationFailure.MISSING);
  }

  private static Optional<X509Certificate> certificate(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate own
          ? Optional.of(own)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  private Verified verify(String authorization) {
    if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw BrokerException.unauthenticated(AuthenticationFailure.MALFORMED);
    }
    String token = authorization.substring(BEARER.length()).strip();
    if (token.startsWith(BearerKey.PREFIX)) {
      if (keys != null) {
        return keys.verify(token);
      }
    } else if (jwts != null) {
      return jwts.verify(token);
    }
    throw BrokerException.unauthenticated(AuthenticationFailure.MALFORMED);
  }

  /**
   * Compares in a time that does not tell where they differ: a proxy's callers share a connection.
   */
  private static boolean same(String one, String other) {
    if (one.length() != other.length()) {
      return false;
    }
    int difference = 0;
    for (int i = 0; i < one.length(); i++) {
      difference |= one.charAt(i) ^ other.charAt(i);
    }
    return difference == 0;
  }

  private @Nullable Object keysEpoch() {
    return keys == null ? null : keys.epoch();
  }

  private @Nullable Object jwtsEpoch() {
    return jwts == null ? null : jwts.epoch();
  }

  /** One connection. */
  public final class Peer {
    private final @Nullable Verified connected;
    private final AuthenticationFailure without;

    /** The token that came last: nearly always the one that comes next. Replaced as a whole. */
    private volatile @Nullable Token last;

    private Peer(@Nullable Verified connected, AuthenticationFailure without) {
      this.connected = connected;
      this.without = without;
    }

    /**
     * Who makes a call.
     *
     * @throws BrokerException if that is not known
     */
    public Caller caller(Metadata headers) {
      return caller(authorization(headers));
    }

    /** What a call of this connection says of its caller, to be asked about again later. */
    public @Nullable String authorization(Metadata headers) {
      return takesTokens() ? headers.get(AUTHORIZATION) : null;
    }

    public Caller caller(@Nullable String authorization) {
      if (authorization != null) {
        return token(authorization).at(clock);
      }
      if (connected != null) {
        return connected.at(clock);
      }
      throw BrokerException.unauthenticated(without);
    }

    /** Whether what it says was found good before: to look at it again costs little. */
    public boolean knows(String authorization) {
      Token known = last;
      if (known != null && same(known.text, authorization)) {
        return true;
      }
      if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        return false;
      }
      String token = authorization.substring(BEARER.length()).strip();
      return token.startsWith(BearerKey.PREFIX)
          ? keys != null && keys.knows(token)
          : jwts != null && jwts.knows(token);
    }

    private Verified token(String authorization) {
      Token known = last;
      Object keysNow = keysEpoch();
      Object jwtsNow = jwtsEpoch();
      if (known != null
          && known.keys == keysNow
          && known.jwts == jwtsNow
          && same(known.text, authorization)) {
        return known.verified;
      }
      Verified verified = verify(authorization);
      last = new Token(authorization, verified, keysNow, jwtsNow);
      return verified;
    }
  }

  /**
   * @param keys the epoch in which it was verified, as the next one
   */
  private record Token(
      String text, Verified verified, @Nullable Object keys, @Nullable Object jwts) {
    @Override
    public String toString() {
      return "Token[" + verified.caller() + "]";
    }
  }
}
