package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Encodes a message that goes to many callers once, see {@link LastEncoded}. Not for messages with
 * secrets. Thread-safe.
 */
final class EncodedOnce<M> implements Marshaller<M> {
  private final Marshaller<M> parser;
  private final LastEncoded encoded =
      new LastEncoded(message -> ((MessageLite) message).toByteArray());

  EncodedOnce(Marshaller<M> parser) {
    this.parser = parser;
  }

  @Override
  public InputStream stream(M message) {
    return new Bytes(encoded.of(message));
  }

  @Override
  public M parse(InputStream stream) {
    return parser.parse(stream);
  }

  /** Is written in one go, into a buffer that has room for it. */
  private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {
    Bytes(byte[] bytes) {
      super(bytes);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = available();
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
