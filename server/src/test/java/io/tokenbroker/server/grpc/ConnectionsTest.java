package io.tokenbroker.server.grpc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The bounds of connections, over real sockets. */
final class ConnectionsTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** An empty frame of settings. */
  private static final String SETTINGS = "\0\0\0\4\0\0\0\0\0";

  /** In milliseconds, for what must come. */
  private static final int PATIENCE = 30_000;

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration NEVER = Duration.ZERO;

  private final TestBroker broker = new TestBroker();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private GrpcServer server = server(Defaults.CONNECTIONS);

  @AfterEach
  void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    var unused = server.drain(Duration.ZERO, SECOND, () -> {}, () -> {});
    broker.close();
  }

  @Test
  void oneThatDoesNotSpeakHttp2InTimeIsClosed() throws Exception {
    start(new ConnectionLimits(100, 100, SECOND, NEVER, NEVER, NEVER));
    Socket good = said(PREFACE + SETTINGS);
    List<Socket> bad = List.of(said(""), said(PREFACE.substring(0, 9)), said(PREFACE));

    for (Socket socket : bad) {
      assertThat(isClosed(socket)).isTrue();
    }
    // one that has said enough may be silent: its ping is answered
    good.getOutputStream().write("\0\0\10\6\0\0\0\0\0who-else".getBytes(US_ASCII));
    assertThat(heard(good, "who-else")).isTrue();
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only there is all of 127/8 this machine")
  void oneAddressHasNoMoreThanItsShare() throws Exception {
    start(new ConnectionLimits(1_000, 50, HOUR, NEVER, NEVER, NEVER));
    try (LogLines log = new LogLines(ConnectionGate.class)) {
      List<Socket> first = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        first.add(connected(1));
      }
      for (int i = 50; i < 2_000; i++) {
        try (Socket socket = connect(1)) {
          assertThat(isClosed(socket)).isTrue();
        }
      }
      assertThat(log.lines()).hasSize(1);
      assertThat(log.lines().get(0))
          .isEqualTo(
              "WARN connections refused: as many as connections.max or .max_per_address are open"
                  + " refused=1 last_address=127.0.0.1 from_address=50 open=50");
      // those who are in stay, and others come in
      assertThat(greeted(first.get(0))).isTrue();
      assertThat(greeted(connect(2))).isTrue();
      first.get(1).close();
      Eventually.until("there is room again", () -> greeted(connect(1)));
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only there is all of 127/8 this machine")
  void allTogetherHaveABound() throws Exception {
    start(new ConnectionLimits(3, 2, HOUR, NEVER, NEVER, NEVER));
    Socket one = connected(1);
    connected(2);
    connected(3);
    assertThat(isClosed(connect(4))).isTrue();
    one.close();
    Eventually.until("there is room again", () -> greeted(connect(4)));
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only there is all of 127/8 this machine")
  void aFewAddressesLeaveRoomForOthers() throws Exception {
    start(new ConnectionLimits(100, 100, HOUR, NEVER, NEVER, NEVER));
    assertThat(manyFrom(1)).isEqualTo(50);
    assertThat(manyFrom(2)).isEqualTo(25);
    assertThat(manyFrom(3)).isEqualTo(13);
    assertThat(greeted(connect(4))).isTrue();
    assertThat(greeted(connect(4))).isTrue();
  }

  @Test
  void oneWithoutCallsIsClosed() throws Exception {
    start(new ConnectionLimits(9, 9, HOUR, SECOND, NEVER, NEVER));
    ManagedChannel channel = channel();
    next(channel);
    Eventually.until("it is closed", () -> channel.getState(false) == ConnectivityState.IDLE);
    next(channel);
  }

  @Test
  void oneThatIsOldKeepsItsStreamOfLeases() throws Exception {
    start(new ConnectionLimits(9, 9, HOUR, NEVER, SECOND, NEVER));
    ManagedChannel channel = channel();
    Reader<StreamLeasesRequest, StreamLeasesResponse> leases = new Reader<>();
    TokenBrokerGrpc.newStub(channel)
        .streamLeases(
            StreamLeasesRequest.newBuilder().setAccount("acme").setHolder("worker").build(),
            leases);
    assertThat(leases.next().hasGranted()).isTrue();
    // told to go, and again by the next one that it opens
    for (int i = 0; i < 2; i++) {
      Eventually.until("it is told to go", () -> channel.getState(false) == ConnectivityState.IDLE);
      next(channel);
    }
    assertThat(broker.streams.size()).isEqualTo(1);
    broker.pass(Duration.ofSeconds(20));
    assertThat(leases.next().hasRenewed()).isTrue();
  }

  private void start(ConnectionLimits limits) throws IOException {
    broker.store.put("acme", "s1");
    broker.store.put("acme", "s2");
    server = server(limits);
    server.start();
  }

  private GrpcServer server(ConnectionLimits connections) {
    return TestServer.of(
        broker,
        0,
        new TestCallLimits().keepaliveMinTime(SECOND).keepaliveTime(HOUR).build(),
        connections);
  }

  private ManagedChannel channel() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    open.push(channel::shutdownNow);
    return channel;
  }

  private static void next(ManagedChannel channel) {
    var unused =
        TokenBrokerGrpc.newBlockingStub(channel)
            .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
  }

  /**
   * @param from the last byte of the address, 127.0.0.x
   */
  private Socket connect(int from) {
    try {
      Socket socket =
          new Socket(
              InetAddress.getLoopbackAddress(),
              server.port(),
              InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) from}),
              0);
      open.push(socket);
      socket.setSoTimeout(PATIENCE);
      return socket;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Once the server has greeted: until then it may not have been accepted. */
  private Socket connected(int from) {
    Socket socket = connect(from);
    assertThat(greeted(socket)).isTrue();
    return socket;
  }

  /** How many come in, one after the other. */
  private int manyFrom(int address) {
    int in = 0;
    while (in < 1_000 && greeted(connect(address))) {
      in++;
    }
    return in;
  }

  private Socket said(String text) throws IOException {
    Socket socket = connect(1);
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    return socket;
  }

  /** Whether the server's settings come. */
  private static boolean greeted(Socket socket) {
    try {
      return socket.getInputStream().read() >= 0;
    } catch (SocketException e) {
      return false; // reset
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isClosed(Socket socket) {
    boolean more = true;
    while (more) {
      more = greeted(socket);
    }
    return true;
  }

  private static boolean heard(Socket socket, String text) throws IOException {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(text) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        return false;
      }
      all.append((char) next);
    }
    return true;
  }
}
