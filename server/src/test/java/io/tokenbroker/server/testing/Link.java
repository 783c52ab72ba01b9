package io.tokenbroker.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * The TCP connections between a broker and its database. They can be cut, fall silent, or die: then
 * either side may say what it will, and neither hears of the other again, not even of its end.
 */
public final class Link implements AutoCloseable {
  /** The statement that ends a transaction, and none about autocommit or READ COMMITTED. */
  public static final Pattern COMMIT = Pattern.compile("(?i)(?<!auto)commit(?!ted)");

  /** The one that locks rows. */
  public static final Pattern LOCK = Pattern.compile("for update");

  private final ServerSocket server;
  private final int target;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private final AtomicReference<Optional<Death>> next = new AtomicReference<>(Optional.empty());
  private volatile boolean silent;
  private volatile boolean lost;
  private volatile boolean closed;

  /** One connection: a socket to either side. */
  private static final class Pair {
    final Socket near;
    final Socket far;
    volatile boolean dead;

    Pair(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }
  }

  /** Whoever says this to the database dies with it, once. */
  private record Death(Pattern word, boolean heard, CountDownLatch happened) {}

  public Link(int target) {
    this.target = target;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start("link", this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket near = server.accept();
        Pair pair = new Pair(near, new Socket(InetAddress.getLoopbackAddress(), target));
        pair.dead = lost;
        pairs.add(pair);
        start("link up", () -> copy(pair, pair.near, pair.far));
        start("link down", () -> copy(pair, pair.far, pair.near));
      } catch (IOException e) {
        // closed, or the database is away: the next one may succeed
      }
    }
  }

  private void copy(Pair pair, Socket from, Socket to) {
    byte[] buffer = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitSound();
        if (!pair.dead) {
          Optional<Death> death = from == pair.near ? death(buffer, read) : Optional.empty();
          // what the database answers is not heard any more
          pair.dead |= death.isPresent();
          if (death.isEmpty() || death.get().heard) {
            out.write(buffer, 0, read);
          }
          death.ifPresent(happens -> happens.happened.countDown());
        }
      }
    } catch (IOException e) {
      // cut
    }
    if (!pair.dead) {
      close(pair, false);
    }
  }

  private Optional<Death> death(byte[] buffer, int length) {
    Optional<Death> death = next.get();
    boolean said =
        death.isPresent()
            && death
                .get()
                .word
                .matcher(new String(buffer, 0, length, StandardCharsets.ISO_8859_1))
                .find();
    return said && next.compareAndSet(death, Optional.empty()) ? death : Optional.empty();
  }

  private synchronized void awaitSound() throws IOException {
    try {
      while (silent) {
        wait();
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Bytes are held back from now on, and pass on later. */
  public synchronized void silence(boolean on) {
    silent = on;
    notifyAll();
  }

  /**
   * The connection on which this word is said next to the database dies with it.
   *
   * @param heard whether the database still gets it, and only its answer is lost
   */
  public CountDownLatch dieAt(Pattern word, boolean heard) {
    Death death = new Death(word, heard, new CountDownLatch(1));
    next.set(Optional.of(death));
    return death.happened;
  }

  /** Nobody dies any more. */
  public void dieNoMore() {
    next.set(Optional.empty());
  }

  /** All connections die, and those that are made while this is on. */
  public void lose(boolean on) {
    lost = on;
    if (on) {
      pairs.forEach(pair -> pair.dead = true);
    }
  }

  /** Closes all connections; new ones may be made at once. */
  public void cut() {
    pairs.forEach(pair -> close(pair, true));
  }

  private void close(Pair pair, boolean reset) {
    pairs.remove(pair);
    for (Socket socket : new Socket[] {pair.near, pair.far}) {
      try {
        if (reset) {
          socket.setSoLinger(true, 0);
        }
        socket.close();
      } catch (IOException e) {
        // closed already
      }
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    silence(false);
    cut();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
