package io.tokenbroker.server.testing;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.grpc.CallLimits;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.grpc.GrpcServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** A test's broker behind a socket. */
public final class TestServer implements AutoCloseable {
  public final TestBroker broker = new TestBroker();
  public final GrpcServer grpc;

  public TestServer() throws IOException {
    this(10_000, 1L << 30);
  }

  /**
   * @param resets calls that a connection may cancel within 10 s
   * @param requestBytes what all open calls may take with their requests
   */
  public TestServer(int resets, long requestBytes) throws IOException {
    grpc = of(broker, new TestCallLimits().resets(resets).requestBytes(requestBytes).build());
    grpc.start();
  }

  /** Of the calls of the broker, on any free port; not started yet. */
  public static GrpcServer of(TestBroker broker, CallLimits limits) {
    return of(broker, 0, limits, Defaults.CONNECTIONS);
  }

  /** The same on a port. */
  public static GrpcServer of(
      TestBroker broker, int port, CallLimits limits, ConnectionLimits connections) {
    return new GrpcServer(
        GrpcServer.Listener.plainText(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
        limits,
        connections,
        false,
        broker.streams,
        List.of(broker.service()));
  }

  public int port() {
    return grpc.port();
  }

  /** A connection of its own, which the caller closes. */
  public ManagedChannel connect() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port())
        .usePlaintext()
        .directExecutor()
        .build();
  }

  @Override
  public void close() {
    try {
      var unused = grpc.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    broker.close();
  }
}
