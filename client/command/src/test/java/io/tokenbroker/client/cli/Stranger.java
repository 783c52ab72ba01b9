package io.tokenbroker.client.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HexFormat;

/** A server that is no broker: it gives every connection the same answer to its first bytes. */
final class Stranger implements AutoCloseable {
  private final ServerSocket server;
  private final byte[] answer;

  /**
   * @param hex may be empty: then it closes without a word
   */
  Stranger(String hex) {
    answer = HexFormat.of().parseHex(hex);
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "stranger");
    thread.setDaemon(true);
    thread.start();
  }

  String endpoint() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        byte[] bytes = new byte[8192];
        int unused = socket.getInputStream().read(bytes);
        socket.getOutputStream().write(answer);
        socket.shutdownOutput();
        while (unused >= 0) {
          unused = socket.getInputStream().read(bytes); // a reset would swallow the answer
        }
      } catch (IOException e) {
        // the client is gone, or this is closed
      }
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
