package io.tokenbroker.server.grpc;

import io.grpc.CallCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.security.Authenticator;
import io.tokenbroker.server.security.PolicyException;
import io.tokenbroker.server.security.WatchedPolicy;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** A test's broker behind a socket, which asks for keys and has a policy. */
final class GuardedServer implements AutoCloseable {
  static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  final TestBroker broker = new TestBroker();
  final WatchedPolicy policy;
  final ManagedChannel channel;
  private final Path file;
  private final GrpcServer server;

  GuardedServer(Path directory, String rules) throws IOException, PolicyException {
    var unused = broker.keys.refresh().join();
    file = directory.resolve("policy.yaml");
    write(rules);
    policy = WatchedPolicy.load(file, broker::now);
    server =
        new GrpcServer(
            List.of(
                GrpcServer.Listener.plainText(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
            TestCallLimits.WIDE,
            Defaults.CONNECTIONS,
            true,
            new Callers(
                new Authenticator(
                    false, List.of(), Optional.of(broker.keys), Optional.empty(), broker::now),
                policy),
            broker.streams,
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            broker.services());
    server.start();
    channel = connect();
    broker.mostLeases = caller -> policy.bounds(caller).leases();
  }

  /** One more connection. */
  ManagedChannel connect() {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  /** Looks who may still have what it waits for. */
  void recheckWaits() {
    server.recheckWaits();
  }

  void write(String rules) throws IOException {
    Files.writeString(file, rules);
  }

  /** A new key. */
  String key(String name, Optional<Duration> expires) {
    return broker.keys.create(name, expires.map(broker.now()::plus)).join().text();
  }

  static CallCredentials bearer(String key) {
    return new CallCredentials() {
      @Override
      public void applyRequestMetadata(
          RequestInfo request, Executor executor, MetadataApplier applier) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + key);
        applier.apply(headers);
      }
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      var unused = server.drain(Duration.ZERO, MINUTE, () -> {}, () -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    broker.close();
  }
}
