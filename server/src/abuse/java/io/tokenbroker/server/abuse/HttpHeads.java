package io.tokenbroker.server.abuse;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * On the HTTP port: 60 connections, each with a health watch that nobody is asked for, behind which
 * heads of 16 KiB come without end, made of headers of three bytes; and as many that ask for what
 * is short and read no answer.
 */
final class HttpHeads implements Attack {
  private static final int CONNECTIONS = 60;
  private static final String WATCH =
      "POST /grpc.health.v1.Health/Watch HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  private static final String HEAD =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n" + "a:\r\n".repeat(4_000) + "\r\n";
  private static final String SHORT = "GET / HTTP/1.1\r\n\r\n".repeat(1_000);

  @Override
  public void run(Target target) {
    for (int i = 0; i < CONNECTIONS; i++) {
      send(target, WATCH, HEAD);
      send(target, "", SHORT);
    }
    target.awaitEnd();
  }

  /** On a thread of its own, as most of the time it waits for the broker. */
  private static void send(Target target, String first, String more) {
    Thread sender = new Thread(() -> sendAll(target, first, more), "heads");
    sender.setDaemon(true);
    sender.start();
  }

  private static void sendAll(Target target, String first, String more) {
    byte[] portion = more.getBytes(StandardCharsets.US_ASCII);
    while (!target.isOver()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target.httpPort()));
        OutputStream out = socket.getOutputStream();
        out.write(first.getBytes(StandardCharsets.US_ASCII));
        while (!target.isOver()) {
          out.write(portion);
        }
      } catch (IOException e) {
        // closed by the broker: go on with another one
      }
    }
  }
}
