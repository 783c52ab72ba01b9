package io.tokenbroker.server.abuse;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * An HTTP/2 connection that keeps no rules but those of the frames: it sends whatever it is told
 * to, and reads only if it is told to. One thread writes.
 */
final class RawConnection implements AutoCloseable {
  static final int NOTHING = 0;
  static final int MAX_WINDOW = Integer.MAX_VALUE;
  private static final int FRAME = 16 * 1024;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int DEFAULT_WINDOW = 65_535;
  private static final int CANCEL = 8;

  private final Socket socket = new Socket();
  private final DataOutputStream out;
  private final Map<Integer, Integer> windows = new HashMap<>();
  private int initialWindow = DEFAULT_WINDOW;
  private int nextStream = 1;

  /**
   * @param window how much the broker may send of each stream, and of all, before this reads
   */
  RawConnection(int port, int window) throws IOException {
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 64 * 1024));
    out.write(Headers.PREFACE);
    ByteBuffer settings = ByteBuffer.allocate(6).putShort((short) INITIAL_WINDOW_SIZE);
    frame(SETTINGS, 0, 0, settings.putInt(window).array(), 0, 6);
    if (window > DEFAULT_WINDOW) {
      int more = window - DEFAULT_WINDOW;
      frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(more).array(), 0, 4);
    }
    out.flush();
    windows.put(0, DEFAULT_WINDOW);
  }

  private synchronized void frame(
      int type, int flags, int stream, byte[] payload, int offset, int length) throws IOException {
    out.writeInt(length << 8 | type);
    out.write(flags);
    out.writeInt(stream);
    out.write(payload, offset, length);
  }

  synchronized void flush() throws IOException {
    out.flush();
  }

  /** Begins a call. */
  synchronized int begin(String method) throws IOException {
    int stream = nextStream;
    nextStream += 2;
    byte[] block = Headers.of(method);
    frame(HEADERS, END_HEADERS, stream, block, 0, block.length);
    windows.put(stream, initialWindow);
    return stream;
  }

  /** Sends bytes whatever the broker's windows are. */
  void send(int stream, byte[] bytes, boolean end) throws IOException {
    int sent = 0;
    do {
      int length = Math.min(FRAME, bytes.length - sent);
      boolean last = sent + length == bytes.length;
      frame(DATA, end && last ? END_STREAM : NOTHING, stream, bytes, sent, length);
      sent += length;
    } while (sent < bytes.length);
  }

  /** Sends a frame's worth of bytes unless the broker's windows are full; tells whether it did. */
  synchronized boolean trySend(int stream, byte[] bytes, int length) throws IOException {
    if (windows.get(0) < length || windows.get(stream) < length) {
      return false;
    }
    windows.merge(0, -length, Integer::sum);
    windows.merge(stream, -length, Integer::sum);
    frame(DATA, NOTHING, stream, bytes, 0, length);
    return true;
  }

  void reset(int stream) throws IOException {
    frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array(), 0, 4);
    synchronized (this) {
      windows.remove(stream);
    }
  }

  /**
   * Reads and forgets, and does what keeps the connection alive, on a thread of its own, which ends
   * when the broker closes it.
   */
  Thread read() {
    Thread reader = new Thread(this::readAll, "raw reader");
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private void readAll() {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(socket.getInputStream(), 256 * 1024))) {
      while (true) {
        int first = in.readInt();
        int flags = in.read();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(first >>> 8);
        take(first & 0xff, flags, stream, payload);
      }
    } catch (IOException e) {
      // the broker has closed it
    }
  }

  private synchronized void take(int type, int flags, int stream, byte[] payload)
      throws IOException {
    if (type == SETTINGS && (flags & ACK) == 0) {
      ByteBuffer settings = ByteBuffer.wrap(payload);
      while (settings.remaining() >= 6) {
        int id = settings.getShort();
        int value = settings.getInt();
        initialWindow = id == INITIAL_WINDOW_SIZE ? value : initialWindow;
      }
      frame(SETTINGS, ACK, 0, payload, 0, 0);
      out.flush();
    } else if (type == PING && (flags & ACK) == 0) {
      frame(PING, ACK, 0, payload, 0, payload.length);
      out.flush();
    } else if (type == WINDOW_UPDATE) {
      windows.computeIfPresent(stream, (id, window) -> window + ByteBuffer.wrap(payload).getInt());
    } else if (type == DATA && payload.length > 0) {
      byte[] more = ByteBuffer.allocate(4).putInt(payload.length).array();
      frame(WINDOW_UPDATE, 0, 0, more, 0, 4);
      out.flush();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
