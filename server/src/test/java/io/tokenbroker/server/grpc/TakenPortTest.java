package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.testing.Defaults;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A start that fails. */
final class TakenPortTest {
  @Test
  void aServerThatCannotListenLeavesNoThreadBehind() throws Exception {
    try (TestBroker broker = new TestBroker();
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Set<Thread> before = accepting();
      GrpcServer server =
          TestServer.of(broker, other.getLocalPort(), TestCallLimits.WIDE, Defaults.CONNECTIONS);

      assertThatThrownBy(server::start).isInstanceOf(IOException.class);

      Eventually.until("its event loops have ended", () -> before.containsAll(accepting()));
    }
  }

  private static Set<Thread> accepting() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("accept-"));
    return threads;
  }
}
