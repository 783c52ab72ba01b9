package io.tokenbroker.server.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a message that goes to many callers once, and remembers some of the last ones. Not for
 * messages with secrets. Thread-safe.
 */
final class EncodedOnce<M> implements Marshaller<M> {
  private static final int REMEMBERED = 16;

  private static final class Encoded {
    final Object message;
    final byte[] bytes;

    Encoded(Object message, byte[] bytes) {
      this.message = message;
      this.bytes = bytes;
    }
  }

  private final Marshaller<M> parser;
  private final AtomicReferenceArray<@Nullable Encoded> remembered =
      new AtomicReferenceArray<>(REMEMBERED);

  EncodedOnce(Marshaller<M> parser) {
    this.parser = parser;
  }

  @Override
  public InputStream stream(M message) {
    int place = System.identityHashCode(message) & (REMEMBERED - 1);
    Encoded encoded = remembered.get(place);
    if (encoded == null || encoded.message != message) {
      encoded = new Encoded(message, ((MessageLite) message).toByteArray());
      remembered.set(place, encoded);
    }
    return new Bytes(encoded.bytes);
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
