package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.IdentityConfig;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.JwtSettings;
import io.tokenbroker.server.security.Jwts;
import io.tokenbroker.server.security.KeyRing;
import io.tokenbroker.server.security.NameKind;
import io.tokenbroker.server.security.PolicyException;
import io.tokenbroker.server.security.TlsFiles;
import io.tokenbroker.server.security.WatchedPolicy;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;

/** The files, and what is fetched, that say who calls and what they may. */
record CallerSources(Optional<WatchedPolicy> policy, Optional<Jwts> jwts) {
  static CallerSources load(Config config, InstantSource clock) throws StartException {
    try {
      Optional<Jwts> jwts = config.identity().jwt().map(CallerSources::jwts);
      if (jwts.isPresent()) {
        jwts.get().start();
      }
      return new CallerSources(
          config.policy().isPresent()
              ? Optional.of(WatchedPolicy.load(config.policy().get(), clock))
              : Optional.empty(),
          jwts);
    } catch (PolicyException e) {
      throw StartException.policy(e);
    } catch (TlsException e) {
      throw StartException.tls(e);
    }
  }

  private static Jwts jwts(IdentityConfig.Jwt jwt) {
    return new Jwts(
        new JwtSettings(jwt.file(), jwt.url(), jwt.issuer(), jwt.audience(), jwt.algorithms()),
        System::nanoTime);
  }

  Access access() {
    return policy.<Access>map(watched -> watched).orElse(Access.ALL);
  }

  /** How many leases a caller may have; 0 means any number. */
  int mostLeases(String owner) {
    return access().bounds(owner.isEmpty() ? Caller.LOCAL.name() : owner).leases();
  }

  Authenticator authenticator(Config config, KeyRing keys, InstantSource clock) {
    IdentityConfig identity = config.identity();
    return new Authenticator(
        config.tls().flatMap(TlsFiles::clientCa).isPresent(),
        identity.certificateNames().stream()
            .map(name -> NameKind.valueOf(name.toUpperCase(Locale.ROOT)))
            .toList(),
        identity.keys() ? Optional.of(keys) : Optional.empty(),
        jwts,
        clock);
  }

  boolean isWatched() {
    return policy.isPresent() || jwts.isPresent();
  }

  /** Looks at all of them. Called by one thread, again and again; may block. */
  void reload() {
    policy.ifPresent(WatchedPolicy::reload);
    jwts.ifPresent(Jwts::reload);
  }
}
