package io.tokenbroker.server.abuse;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Connections that say nothing, half a preface, a preface and no more, HTTP/1, or nonsense; the
 * oldest of 3,000 is closed for a new one. From an address of its own, where the system has one.
 */
final class ConnectionFlood implements Attack {
  private static final int OPEN = 3_000;

  @Override
  public void run(Target target) throws IOException {
    Deque<Socket> open = new ArrayDeque<>();
    for (int i = 0; !target.isOver(); i++) {
      if (open.size() >= OPEN) {
        open.remove().close();
      }
      Socket socket = new Socket();
      try {
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), 0));
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), target.port()), 1_000);
        socket.getOutputStream().write(opening(i % 5));
      } catch (IOException e) {
        // refused: try the next one
      }
      open.add(socket);
    }
    for (Socket socket : open) {
      socket.close();
    }
  }

  private static byte[] opening(int kind) {
    return switch (kind) {
      case 0 -> new byte[0];
      case 1 -> "PRI * HTTP/2".getBytes(StandardCharsets.US_ASCII);
      case 2 -> Headers.PREFACE;
      case 3 -> "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      default -> nonsense();
    };
  }

  private static byte[] nonsense() {
    byte[] bytes = new byte[512];
    ThreadLocalRandom.current().nextBytes(bytes);
    return bytes;
  }
}
