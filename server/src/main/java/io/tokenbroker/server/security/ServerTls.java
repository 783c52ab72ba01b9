package io.tokenbroker.server.security;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNames;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.OpenSslSessionContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.tokenbroker.client.tls.PemIdentity;
import io.tokenbroker.client.tls.TlsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server shows to its callers, and whose certificates it takes from them, from files that
 * may be replaced while it serves: new connections see what is new, those that are open stay as
 * they are. What can't be used leaves the old in force.
 */
public final class ServerTls {
  private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

  private static final String SESSION_TICKETS = "jdk.tls.server.enableSessionTicketExtension";

  private final TlsFiles files;
  private final InstantSource clock;
  private final AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
  private final CallerTrust callers = new CallerTrust();
  private final AdvancedTlsX509TrustManager peers;
  private final SslContext context;
  private TlsMaterial used;
  private volatile Instant expiry = Instant.MAX;
  private volatile Optional<Instant> clientCaExpiry = Optional.empty();
  private String told = "";

  private ServerTls(TlsFiles files, InstantSource clock, TlsMaterial first)
      throws TlsException, IOException, GeneralSecurityException {
    this.files = files;
    this.clock = clock;
    this.peers = AdvancedTlsX509TrustManager.newBuilder().build();
    this.context = context(Optional.empty());
    use(first.checked(clock.instant()));
    this.used = first;
  }

  /**
   * @throws TlsException if a file can't be used
   */
  public static ServerTls load(TlsFiles files, InstantSource clock) throws TlsException {
    try {
      ServerTls tls = new ServerTls(files, clock, TlsMaterial.read(files));
      warnIfOpen(files.key());
      return tls;
    } catch (IOException | GeneralSecurityException e) {
      throw new TlsException("TLS cannot be set up: " + e.getMessage());
    }
  }

  private static void warnIfOpen(Path key) throws IOException {
    if (key.getFileSystem().supportedFileAttributeViews().contains("posix")
        && Files.getPosixFilePermissions(key).contains(PosixFilePermission.OTHERS_READ)) {
      log.atWarn()
          .addKeyValue("file", key)
          .log("tls.key_file may be read by everybody on this machine; chmod o-r it");
    }
  }

  /**
   * Without sessions to resume: who comes back with one is not asked for a certificate again,
   * whatever CA has gone since.
   */
  private SslContext context(Optional<ApplicationProtocolConfig> spoken) throws IOException {
    // netty has no other switch for the tickets of TLS 1.3, and looks at it once
    String unused = System.setProperty(SESSION_TICKETS, "false");
    SslContextBuilder builder =
        GrpcSslContexts.configure(SslContextBuilder.forServer(identity))
            .protocols(files.protocols());
    spoken.ifPresent(builder::applicationProtocolConfig);
    if (files.clientCa().isPresent()) {
      builder
          .trustManager(callers)
          .clientAuth(files.othersToo() ? ClientAuth.OPTIONAL : ClientAuth.REQUIRE);
    }
    SslContext built = builder.sessionTimeout(1).sessionCacheSize(1).build();
    if (built.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
    }
    return built;
  }

  private void use(TlsMaterial.Checked material) throws IOException, GeneralSecurityException {
    if (material.clientCas().isPresent()) {
      callers.replace(material.clientCas().get());
      peers.updateTrustCredentials(material.clientCas().get().toArray(X509Certificate[]::new));
    }
    PemIdentity.Checked own = material.identity();
    own.update(identity);
    expiry = own.chain().get(0).getNotAfter().toInstant();
    clientCaExpiry =
        material
            .clientCas()
            .flatMap(cas -> cas.stream().map(X509Certificate::getNotAfter).min(Date::compareTo))
            .map(Date::toInstant);
    log.atInfo()
        .addKeyValue("subject", own.chain().get(0).getSubjectX500Principal().getName())
        .addKeyValue("expires", own.chain().get(0).getNotAfter().toInstant())
        .addKeyValue("client_cas", material.clientCas().map(List::size).orElse(0))
        .log("certificate loaded");
  }

  /** Looks whether the files have changed. Called by one thread, again and again; may block. */
  public void reload() {
    try {
      TlsMaterial now = TlsMaterial.read(files);
      if (!now.equals(used)) {
        use(now.checked(clock.instant()));
        used = now;
        warnIfOpen(files.key());
      }
      told = "";
    } catch (TlsException | IOException | GeneralSecurityException e) {
      String cause = String.valueOf(e.getMessage());
      if (!cause.equals(told)) {
        told = cause;
        log.atWarn()
            .addKeyValue("cause", cause)
            .log("new certificate files can't be used, those before stay in force");
      }
    }
  }

  /** When the certificate that is shown to callers expires. */
  public Instant expiry() {
    return expiry;
  }

  /** When the first of the CAs does whose certificates callers show; empty without any. */
  public Optional<Instant> clientCaExpiry() {
    return clientCaExpiry;
  }

  /** The same for a server of HTTP/1.1. */
  public SslContext httpContext() {
    try {
      return context(
          Optional.of(
              new ApplicationProtocolConfig(
                  ApplicationProtocolConfig.Protocol.ALPN,
                  ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                  ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                  ApplicationProtocolNames.HTTP_1_1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // what it is made of has been of use once already
    }
  }

  /**
   * For calls to brokers of the same fleet: shows this one's certificate, and takes those of the
   * CAs that callers' are taken from (the JDK's, if callers need none), for the host that is
   * called.
   */
  public SslContext peerContext() {
    try {
      SslContextBuilder builder =
          GrpcSslContexts.forClient().keyManager(identity).protocols(files.protocols());
      return files.clientCa().isPresent() ? builder.trustManager(peers).build() : builder.build();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // what it is made of has been of use once already
    }
  }

  /** For the server; stays the same when files change. */
  public SslContext sslContext() {
    return context;
  }
}
