package io.tokenbroker.client;

import io.grpc.ClientInterceptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a {@link TokenBrokerClient} connects.
 *
 * @param endpoints {@code host:port} of each broker, at least one, or {@code unix:/path} of one;
 *     the accounts are spread over those that can be reached, and the calls of one account stay
 *     with one of them. A host name with several addresses stands for several brokers
 * @param deadline how long a call may take if neither it nor its context has a deadline; positive.
 *     Streams have none
 * @param interceptors see every call, the first one first
 * @param tls plain text if empty
 * @param tokenFile a file with nothing but a bearer token, one of the broker's own keys or a JWT,
 *     of at most 8 KiB, which is sent with every call. It is looked at every 10 s. Without TLS it
 *     is sent to brokers on this machine alone: calls to others fail with UNAUTHENTICATED
 */
public record ClientOptions(
    List<String> endpoints,
    Duration deadline,
    List<ClientInterceptor> interceptors,
    Optional<TlsOptions> tls,
    Optional<Path> tokenFile) {
  /** The broker on this machine, 10 s, no interceptors, plain text, no token. */
  public static final ClientOptions DEFAULT =
      new ClientOptions(
          List.of("127.0.0.1:50051"),
          Duration.ofSeconds(10),
          List.of(),
          Optional.empty(),
          Optional.empty());

  public ClientOptions {
    endpoints = List.copyOf(endpoints);
    interceptors = List.copyOf(interceptors);
  }

  public ClientOptions withEndpoints(String... endpoints) {
    return new ClientOptions(List.of(endpoints), deadline, interceptors, tls, tokenFile);
  }

  public ClientOptions withDeadline(Duration deadline) {
    return new ClientOptions(endpoints, deadline, interceptors, tls, tokenFile);
  }

  public ClientOptions withInterceptors(ClientInterceptor... interceptors) {
    return new ClientOptions(endpoints, deadline, List.of(interceptors), tls, tokenFile);
  }

  public ClientOptions withTls(TlsOptions tls) {
    return new ClientOptions(endpoints, deadline, interceptors, Optional.of(tls), tokenFile);
  }

  public ClientOptions withTokenFile(Path tokenFile) {
    return new ClientOptions(endpoints, deadline, interceptors, tls, Optional.of(tokenFile));
  }
}
