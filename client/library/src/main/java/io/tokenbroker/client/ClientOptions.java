package io.tokenbroker.client;

import io.grpc.ClientInterceptor;
import java.time.Duration;
import java.util.List;

/**
 * How a {@link TokenBrokerClient} connects.
 *
 * @param endpoints {@code host:port} of each broker, at least one; the accounts are spread over
 *     those that can be reached, and the calls of one account stay with one of them. A host name
 *     with several addresses stands for several brokers
 * @param deadline how long a call may take if neither it nor its context has a deadline; positive.
 *     Streams have none
 * @param interceptors see every call, the first one first
 */
public record ClientOptions(
    List<String> endpoints, Duration deadline, List<ClientInterceptor> interceptors) {
  /** The broker on this machine, 10 s, no interceptors. */
  public static final ClientOptions DEFAULT =
      new ClientOptions(List.of("127.0.0.1:50051"), Duration.ofSeconds(10), List.of());

  public ClientOptions {
    endpoints = List.copyOf(endpoints);
    interceptors = List.copyOf(interceptors);
  }

  public ClientOptions withEndpoints(String... endpoints) {
    return new ClientOptions(List.of(endpoints), deadline, interceptors);
  }

  public ClientOptions withDeadline(Duration deadline) {
    return new ClientOptions(endpoints, deadline, interceptors);
  }

  public ClientOptions withInterceptors(ClientInterceptor... interceptors) {
    return new ClientOptions(endpoints, deadline, List.of(interceptors));
  }
}
