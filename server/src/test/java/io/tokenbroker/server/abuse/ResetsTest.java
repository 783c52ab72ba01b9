package io.tokenbroker.server.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.rpc.GrpcServer;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResetsTest {
  private static final int RESETS = 50;

  private final TestBroker broker = new TestBroker();
  private final GrpcServer server =
      new GrpcServer(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          new GrpcServer.Limits(
              100,
              RESETS,
              4 * 1024 * 1024,
              4 * 1024 * 1024,
              1L << 30,
              Duration.ofMinutes(1),
              Duration.ofMinutes(1),
              Duration.ofMinutes(1)),
          GrpcServer.ConnectionLimits.DEFAULT,
          false,
          broker.streams,
          List.of(broker.service()));

  @AfterEach
  void close() throws InterruptedException {
    server.drain(Duration.ZERO, Duration.ofSeconds(1), () -> {}, () -> {});
    broker.close();
  }

  @Test
  void whoCancelsTooMuchIsDisconnected() throws Exception {
    server.start();
    broker.store.put("acme", "s1");
    try (RawConnection connection = new RawConnection(server.port(), RawConnection.MAX_WINDOW)) {
      Thread reader = connection.read();
      reset(connection, 2 * RESETS);
      reader.join(Duration.ofSeconds(20).toMillis());
      assertThat(reader.isAlive()).isFalse();
    }
  }

  private static void reset(RawConnection connection, int count) throws IOException {
    byte[] request = Headers.message(NextTokenRequest.newBuilder().setAccount("acme").build());
    for (int i = 0; i < count; i++) {
      int stream = connection.begin(Headers.name(TokenBrokerGrpc.getNextTokenMethod()));
      connection.send(stream, request, true);
      connection.reset(stream);
    }
    connection.flush();
  }
}
