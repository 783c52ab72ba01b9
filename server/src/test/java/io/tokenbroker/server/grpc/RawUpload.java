package io.tokenbroker.server.grpc;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** A connection of HTTP/2 by hand, whose requests come but for their ends. */
final class RawUpload implements Closeable {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int ACK = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME = 16 * 1024;

  private final Socket socket;
  private final DataOutputStream out;

  RawUpload(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    // nothing else ends a read: the timeout of a test does not
    socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
    out = new DataOutputStream(socket.getOutputStream());
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0, new byte[0]);
    frame(SETTINGS, ACK, 0, new byte[0]);
  }

  /**
   * Begins a call with a request of {@code size} bytes, of which only {@code sent} come.
   *
   * @param stream odd, and greater than those before
   */
  void begin(int stream, String method, int size, int sent) throws IOException {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    header(headers, ":method", "POST");
    header(headers, ":scheme", "http");
    header(headers, ":path", "/" + method);
    header(headers, "te", "trailers");
    header(headers, "content-type", "application/grpc");
    frame(HEADERS, END_HEADERS, stream, headers.toByteArray());
    byte[] data = new byte[5 + sent];
    for (int i = 0; i < 4; i++) {
      data[1 + i] = (byte) (size >>> (24 - 8 * i));
    }
    for (int from = 0; from < data.length; from += FRAME) {
      frame(DATA, 0, stream, Arrays.copyOfRange(data, from, Math.min(from + FRAME, data.length)));
    }
    out.flush();
  }

  private static void header(ByteArrayOutputStream block, String name, String value) {
    // a literal that is not indexed, neither of its strings in Huffman code
    block.write(0);
    block.write(name.length());
    block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    out.writeInt(payload.length << 8 | type);
    out.writeByte(flags);
    out.writeInt(stream);
    out.write(payload);
  }

  /** Reads until the broker says something with this text in it, or nothing more. */
  boolean hears(String text) throws IOException {
    StringBuilder heard = new StringBuilder();
    byte[] bytes = new byte[4096];
    while (heard.indexOf(text) < 0) {
      int count = socket.getInputStream().read(bytes);
      if (count < 0) {
        return false;
      }
      heard.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
