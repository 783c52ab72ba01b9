package io.tokenbroker.server.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A TCP proxy before a server that speaks first: that server's greeting can be made to come late,
 * if the client is still there by then.
 */
public final class LateProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicReference<Duration> next = new AtomicReference<>(Duration.ZERO);

  /**
   * @param target a port of this machine
   */
  public LateProxy(int target) throws IOException {
    this.target = target;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Of the next connection, and only that. */
  public void delayNext(Duration delay) {
    next.set(delay);
  }

  /** Breaks the connections that there are. */
  public void cut() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    sockets.clear();
  }

  private void accept() {
    try {
      while (!listener.isClosed()) {
        Socket client = listener.accept();
        sockets.add(client);
        Duration delay = next.getAndSet(Duration.ZERO);
        threads.execute(() -> serve(client, delay));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client, Duration delay) {
    try {
      if (!delay.isZero() && !isStillThereAfter(delay, client)) {
        client.close();
        return;
      }
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(server);
      threads.execute(() -> copy(client, server));
      copy(server, client);
    } catch (IOException e) {
      // closed
    }
  }

  private static boolean isStillThereAfter(Duration delay, Socket client) throws IOException {
    client.setSoTimeout(Math.toIntExact(delay.toMillis()));
    try {
      return client.getInputStream().read() >= 0;
    } catch (SocketTimeoutException e) {
      client.setSoTimeout(0);
      return true;
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      long unused = from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // closed
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
    threads.shutdownNow();
  }
}
