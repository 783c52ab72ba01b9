package io.tokenbroker.client;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelProvider.ProviderNotFoundException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The Unix domain socket of a broker on this machine.
 *
 * @param path absolute, or from the working directory
 */
record UnixEndpoint(String path) {
  private static final String SCHEME = "unix:";

  /** In bytes: what the kernel has room for. */
  private static final int MAX_BYTES = 107;

  /**
   * Empty if the endpoints are of a network.
   *
   * @throws IllegalArgumentException if there are others beside a socket
   */
  static Optional<UnixEndpoint> find(List<String> endpoints) {
    Optional<String> socket =
        endpoints.stream().map(String::strip).filter(one -> one.startsWith(SCHEME)).findFirst();
    if (socket.isPresent() && endpoints.size() > 1) {
      throw new IllegalArgumentException(
          "endpoint must be one Unix socket alone, or HOST:PORT of several brokers, is '"
              + String.join(",", endpoints)
              + "'");
    }
    return socket.map(UnixEndpoint::parse);
  }

  /** {@code unix:/path}, {@code unix:///path} or {@code unix:path}. */
  private static UnixEndpoint parse(String text) {
    String rest = text.substring(SCHEME.length());
    String path = rest.startsWith("///") ? rest.substring(2) : rest;
    if (path.isBlank()
        || path.startsWith("//")
        || path.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "endpoint must be unix:/PATH with at most "
              + MAX_BYTES
              + " bytes, such as unix:/run/tokenbroker/socket, is '"
              + text
              + "'");
    }
    return new UnixEndpoint(path);
  }

  /**
   * gRPC knows how, where there are Unix sockets for it.
   *
   * @throws IllegalArgumentException where there are none
   */
  NettyChannelBuilder channel() {
    // a URI has no room for blanks and the like
    String target = SCHEME + new File(path).toURI().getRawPath();
    try {
      if (Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
          instanceof NettyChannelBuilder builder) {
        return builder;
      }
    } catch (ProviderNotFoundException e) {
      throw new IllegalArgumentException(unsupported(), e);
    }
    throw new IllegalArgumentException(unsupported());
  }

  private static String unsupported() {
    return "endpoint is a Unix socket, which needs Linux on x86-64 or aarch64 here; use HOST:PORT";
  }
}
