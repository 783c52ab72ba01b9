package io.tokenbroker.server.abuse;

import com.google.protobuf.MessageLite;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a gRPC call is before its frames: HPACK without a table, and the prefix of a message. */
final class Headers {
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PREFIX = 5;

  private Headers() {}

  static byte[] of(String method) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    // indexed: POST, http; literals with the names :path, :authority, content-type
    block.write(0x83);
    block.write(0x86);
    block.write(0x04);
    text(block, "/" + method);
    block.write(0x01);
    text(block, "127.0.0.1");
    block.write(0x0f);
    block.write(0x10);
    text(block, "application/grpc");
    block.write(0x00);
    text(block, "te");
    text(block, "trailers");
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    block.write(bytes.length);
    block.writeBytes(bytes);
  }

  static String name(MethodDescriptor<?, ?> method) {
    return method.getFullMethodName();
  }

  static byte[] message(MessageLite message) {
    return message(message.toByteArray());
  }

  static byte[] message(byte[] bytes) {
    return ByteBuffer.allocate(PREFIX + bytes.length)
        .put((byte) 0)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }
}
