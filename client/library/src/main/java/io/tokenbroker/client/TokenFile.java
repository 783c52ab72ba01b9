package io.tokenbroker.client;

import io.grpc.Attributes;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Sends the bearer token of a file with every call, over TLS or within this machine; a call that
 * would show it to a network fails before it is sent. Thread-safe.
 */
final class TokenFile extends CallCredentials implements ClientInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final int MAX_BYTES = 8 * 1024;

  private final Path path;
  private volatile String authorization;

  private TokenFile(Path path) throws IOException {
    this.path = path;
    this.authorization = read();
  }

  /**
   * @throws IllegalArgumentException if the file can't be used
   */
  static TokenFile load(Path path) {
    try {
      return new TokenFile(path);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the token file " + path + " cannot be used: " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    return e instanceof java.nio.file.NoSuchFileException
        ? "it does not exist"
        : e instanceof java.nio.file.AccessDeniedException
            ? "permission denied"
            : String.valueOf(e.getMessage());
  }

  private String read() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      String token = new String(bytes, StandardCharsets.US_ASCII).strip();
      if (bytes.length > MAX_BYTES
          || token.isEmpty()
          || !token.chars().allMatch(c -> c > ' ' && c <= '~')) {
        throw new IOException("it must hold nothing but a token, of at most 8 KiB of ASCII");
      }
      return "Bearer " + token;
    }
  }

  /**
   * Looks at the file again and again; not on the timer's own thread, as a disk may be slow.
   *
   * @param later until it drops what is given to it
   */
  void watch(DelayedExecutor later) {
    later.run(
        LOOK,
        () -> {
          var unused =
              CompletableFuture.runAsync(this::reload)
                  .whenComplete((done, failure) -> watch(later));
        });
  }

  /** A file that can't be used, perhaps half written, leaves the token before in force. */
  void reload() {
    try {
      authorization = read();
    } catch (IOException e) {
      // the broker says whether the token before is still good
    }
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    return next.newCall(
        method, options.getCredentials() == null ? options.withCallCredentials(this) : options);
  }

  @Override
  public void applyRequestMetadata(
      RequestInfo request, Executor executor, MetadataApplier applier) {
    if (request.getSecurityLevel() != SecurityLevel.PRIVACY_AND_INTEGRITY
        && !isWithinThisMachine(request.getTransportAttrs())) {
      applier.fail(
          Status.UNAUTHENTICATED.withDescription(
              "The token would cross the network in plain text: use TLS."));
      return;
    }
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, authorization);
    applier.apply(headers);
  }

  private static boolean isWithinThisMachine(Attributes transport) {
    SocketAddress address = transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return address instanceof DomainSocketAddress
        || (address instanceof InetSocketAddress broker
            && broker.getAddress() != null
            && broker.getAddress().isLoopbackAddress());
  }
}
