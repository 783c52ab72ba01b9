package io.tokenbroker.server.abuse;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Frames of HTTP/2 of any kind, in any order. Used by one thread. */
final class FrameSocket implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  private static final byte[] NOTHING = {};

  private final Socket socket = new Socket();
  private final DataOutputStream out;

  /**
   * @param from the last part of the address that it comes from, 127.0.0.x
   */
  FrameSocket(int port, int from) throws IOException {
    try {
      socket.bind(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) from}), 0));
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 16 * 1024));
      out.write(Headers.PREFACE);
      frame(SETTINGS, 0, 0, NOTHING);
      out.flush();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeInt(payload.length << 8 | type);
    out.write(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Reads what is there, without waiting. */
  void drain() throws IOException {
    InputStream in = socket.getInputStream();
    in.skipNBytes(in.available());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
