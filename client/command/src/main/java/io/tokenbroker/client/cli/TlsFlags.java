package io.tokenbroker.client.cli;

import io.tokenbroker.client.TlsOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether to speak TLS, whom to trust then, and what to show. */
final class TlsFlags {
  static final String TLS = "TOKENBROKER_TLS";
  static final String CA = "TOKENBROKER_TLS_CA";
  static final String CERT = "TOKENBROKER_TLS_CERT";
  static final String KEY = "TOKENBROKER_TLS_KEY";

  @Option(
      names = "--tls",
      description = "Speak TLS, and trust the CAs of Java. Default: $" + TLS + " if it is true.")
  boolean tls;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Speak TLS, and trust the CAs in this PEM file. Default: $" + CA + ".")
  @Nullable Path ca;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "The certificate to show, in PEM. Default: $" + CERT + ".")
  @Nullable Path cert;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM. Default: $" + KEY + ".")
  @Nullable Path key;

  /**
   * Empty for plain text.
   *
   * @param before what stands before the sub-command; this wins
   * @param variable an environment variable, null if it is not set
   * @throws IllegalArgumentException if they do not go together
   */
  Optional<TlsOptions> options(TlsFlags before, Function<String, @Nullable String> variable) {
    Optional<Path> trusted = path(ca, before.ca, variable.apply(CA));
    Optional<Path> shown = path(cert, before.cert, variable.apply(CERT));
    Optional<Path> secret = path(key, before.key, variable.apply(KEY));
    if (shown.isPresent() != secret.isPresent()) {
      throw new IllegalArgumentException(
          "--tls-cert and --tls-key go together, or " + CERT + " and " + KEY);
    }
    boolean wanted = tls || before.tls || isTrue(variable.apply(TLS));
    if (!wanted && trusted.isEmpty() && shown.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new TlsOptions(
            trusted,
            shown.flatMap(there -> secret.map(itsKey -> new TlsOptions.Identity(there, itsKey)))));
  }

  private static boolean isTrue(@Nullable String variable) {
    if (variable == null || variable.isBlank() || variable.equals("false")) {
      return false;
    }
    if (variable.equals("true")) {
      return true;
    }
    throw new IllegalArgumentException(TLS + " must be true or false, is '" + variable + "'");
  }

  private static Optional<Path> path(
      @Nullable Path own, @Nullable Path before, @Nullable String variable) {
    if (own != null || before != null) {
      return Optional.ofNullable(own != null ? own : before);
    }
    return Optional.ofNullable(variable).filter(text -> !text.isBlank()).map(Path::of);
  }
}
