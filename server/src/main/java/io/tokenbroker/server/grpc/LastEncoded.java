package io.tokenbroker.server.grpc;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a message that goes to many callers once: some of the last ones are remembered, each by
 * what object it is. Not for messages with secrets. Thread-safe.
 */
public final class LastEncoded {
  private static final int REMEMBERED = 16;

  private static final class Encoded {
    final Object message;
    final byte[] bytes;

    Encoded(Object message, byte[] bytes) {
      this.message = message;
      this.bytes = bytes;
    }
  }

  private final Function<Object, byte[]> encoding;
  private final AtomicReferenceArray<@Nullable Encoded> remembered =
      new AtomicReferenceArray<>(REMEMBERED);

  public LastEncoded(Function<Object, byte[]> encoding) {
    this.encoding = encoding;
  }

  /** Not to be changed. */
  public byte[] of(Object message) {
    int place = System.identityHashCode(message) & (REMEMBERED - 1);
    Encoded encoded = remembered.get(place);
    if (encoded == null || encoded.message != message) {
      encoded = new Encoded(message, encoding.apply(message));
      remembered.set(place, encoded);
    }
    return encoded.bytes;
  }
}
