package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.TokenLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * On the HTTP port: streams of small turns that nobody reads, as many as one address may have.
 * Until the buffers of the kernels are full, each takes what it can get.
 */
final class UnreadHttp implements Attack {
  private static final String ACCOUNT = "unread";
  private static final int TOKENS = 20;
  private static final int SECRET_LENGTH = 30;
  private static final int CONNECTIONS = 900;
  private static final int PORTION = 50;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** In bytes; the kernel takes twice as much. */
  private static final int RECEIVED = 4 * 1024;

  private static final byte[] CALL =
      ("POST /tokenbroker.v1.TokenBroker/StreamTokens HTTP/1.1\r\nHost: localhost\r\n"
              + "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"account\":\"unread\"}")
          .getBytes(StandardCharsets.US_ASCII);

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, TOKENS, SECRET_LENGTH, TokenLimits.getDefaultInstance());
  }

  @Override
  public void run(Target target) throws IOException {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      open.add(stream(target));
      if (i % PORTION == PORTION - 1) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    target.awaitEnd();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private static Socket stream(Target target) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(RECEIVED);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target.httpPort()));
    socket.getOutputStream().write(CALL);
    return socket;
  }
}
