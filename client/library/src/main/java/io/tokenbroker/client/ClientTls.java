package io.tokenbroker.client;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.tokenbroker.client.TlsOptions.Identity;
import io.tokenbroker.client.tls.PemFile;
import io.tokenbroker.client.tls.PemIdentity;
import io.tokenbroker.client.tls.TlsException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The certificates that a client trusts and shows, from files that may be replaced. */
final class ClientTls {
  private static final Duration LOOK = Duration.ofSeconds(10);

  private final TlsOptions options;
  private final AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager brokers;
  private final SslContext context;
  private Material used;

  private ClientTls(TlsOptions options) throws TlsException, IOException, GeneralSecurityException {
    this.options = options;
    this.brokers = AdvancedTlsX509TrustManager.newBuilder().build();
    this.used = read();
    if (options.ca().isEmpty()) {
      brokers.useSystemDefaultTrustCerts();
    }
    use(used);
    SslContextBuilder builder = GrpcSslContexts.forClient().trustManager(brokers);
    if (options.identity().isPresent()) {
      builder.keyManager(identity);
    }
    this.context = builder.build();
  }

  /**
   * @throws IllegalArgumentException if a file can't be used
   */
  static ClientTls load(TlsOptions options) {
    try {
      return new ClientTls(options);
    } catch (TlsException | IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
  }

  SslContext sslContext() {
    return context;
  }

  /**
   * Looks at the files again and again; not on the timer's own thread, as a disk may be slow.
   *
   * @param delayed until it drops what is given to it
   */
  void watch(DelayedExecutor delayed) {
    delayed.run(
        LOOK,
        () -> {
          var unused =
              CompletableFuture.runAsync(this::reload)
                  .whenComplete((done, failure) -> watch(delayed));
        });
  }

  /** What can't be used, perhaps half written, leaves what was before in force. */
  private void reload() {
    try {
      Material now = read();
      if (!now.equals(used)) {
        use(now);
        used = now;
      }
    } catch (TlsException | IOException | GeneralSecurityException e) {
      // the next connection tells whether what was before is still good
    }
  }

  private Material read() throws TlsException {
    Optional<PemFile> ca = Optional.empty();
    if (options.ca().isPresent()) {
      ca = Optional.of(PemFile.read("CA file", options.ca().get()));
    }
    Optional<PemIdentity> own = Optional.empty();
    if (options.identity().isPresent()) {
      Identity files = options.identity().get();
      own =
          Optional.of(PemIdentity.read("certificate file", files.cert(), "key file", files.key()));
    }
    return new Material(ca, own);
  }

  private void use(Material material) throws TlsException, IOException, GeneralSecurityException {
    if (material.ca().isPresent()) {
      brokers.updateTrustCredentials(
          material.ca().get().certificates().toArray(X509Certificate[]::new));
    }
    if (material.own().isPresent()) {
      PemIdentity.Checked own = material.own().get().checked(Instant.now());
      own.update(identity);
    }
  }

  private record Material(Optional<PemFile> ca, Optional<PemIdentity> own) {}
}
