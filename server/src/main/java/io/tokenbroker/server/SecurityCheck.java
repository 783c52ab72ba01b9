package io.tokenbroker.server;

import io.tokenbroker.client.tls.TlsException;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.security.PolicyException;
import io.tokenbroker.server.security.ServerTls;
import io.tokenbroker.server.security.TlsFiles;
import io.tokenbroker.server.security.WatchedPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Certificates, and who may do what. */
final class SecurityCheck {
  private static final Duration SOON = Duration.ofDays(14);

  private final Config config;
  private final InstantSource clock;
  private final Findings findings;

  SecurityCheck(Config config, InstantSource clock, Findings findings) {
    this.config = config;
    this.clock = clock;
    this.findings = findings;
  }

  void look() {
    config.tls().ifPresent(this::tls);
    boolean policy = policy();
    if (policy && config.identity().jwt().isPresent()) {
      jwt();
    }
  }

  private void tls(TlsFiles files) {
    try {
      ServerTls tls = ServerTls.load(files, clock);
      expiry("the certificate in " + files.cert(), tls.expiry());
      files
          .clientCa()
          .ifPresent(
              file ->
                  tls.clientCaExpiry().ifPresent(end -> expiry("the first CA in " + file, end)));
    } catch (TlsException e) {
      findings.fail("tls", String.valueOf(e.getMessage()));
    }
  }

  private void expiry(String what, Instant end) {
    Duration left = Duration.between(clock.instant(), end);
    if (left.isNegative()) {
      findings.fail(
          "tls", what + " expired at " + end, "Put a new one in its place; it is read within 5 s.");
    } else if (left.compareTo(SOON) < 0) {
      findings.warn(
          "tls",
          "%s expires in %d days, at %s".formatted(what, left.toDays(), end),
          "Put a new one in its place; it is read within 5 s.");
    } else {
      findings.ok("tls", "%s is good for %d days".formatted(what, left.toDays()));
    }
  }

  private boolean policy() {
    boolean known =
        config.tls().flatMap(TlsFiles::clientCa).isPresent() || config.identity().takesTokens();
    if (config.policy().isEmpty()) {
      if (known) {
        findings.warn(
            "policy",
            "every caller may do everything, as an administrator too",
            "Set policy.file.");
      } else {
        findings.ok("policy", "none: nobody is asked who calls");
      }
      return true;
    }
    Path file = config.policy().get();
    try {
      findings.ok(
          "policy",
          "%s has %d rules".formatted(file, WatchedPolicy.load(file, clock).status().rules()));
      return true;
    } catch (PolicyException e) {
      e.problems().forEach(problem -> findings.fail("policy", problem));
      return false;
    }
  }

  private void jwt() {
    try {
      var unused = CallerSources.load(config, clock);
      findings.ok("jwt", "its keys can be read");
    } catch (StartException e) {
      findings.fail("jwt", String.valueOf(e.getMessage()));
    }
  }
}
