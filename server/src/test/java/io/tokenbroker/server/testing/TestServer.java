package io.tokenbroker.server.testing;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.grpc.GrpcServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** A test's broker behind a socket. */
public final class TestServer implements AutoCloseable {
  private static final Duration MINUTE = Duration.ofMinutes(1);

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
    grpc =
        new GrpcServer(
            GrpcServer.Listener.plainText(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            new GrpcServer.Limits(
                10_000, resets, 1 << 26, 4 << 20, requestBytes, MINUTE, MINUTE, MINUTE),
            GrpcServer.ConnectionLimits.DEFAULT,
            false,
            broker.streams,
            List.of(broker.service()));
    grpc.start();
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
