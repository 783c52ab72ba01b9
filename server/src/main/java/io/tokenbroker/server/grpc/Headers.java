package io.tokenbroker.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.tokenbroker.peer.v1.Header;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** Of calls that go on, or back, in a message with others; trailers too. */
final class Headers {
  private Headers() {}

  static void write(Metadata from, Consumer<Header> to) {
    for (String name : from.keys()) {
      if (isBinary(name)) {
        for (byte[] value : values(from, binary(name))) {
          to.accept(header(name, ByteString.copyFrom(value)));
        }
      } else {
        for (String value : values(from, text(name))) {
          to.accept(header(name, ByteString.copyFrom(value, StandardCharsets.US_ASCII)));
        }
      }
    }
  }

  static void copy(String name, Metadata from, Metadata to) {
    if (isBinary(name)) {
      values(from, binary(name)).forEach(value -> to.put(binary(name), value));
    } else {
      values(from, text(name)).forEach(value -> to.put(text(name), value));
    }
  }

  private static boolean isBinary(String name) {
    return name.endsWith(Metadata.BINARY_HEADER_SUFFIX);
  }

  private static <T> Iterable<T> values(Metadata from, Metadata.Key<T> key) {
    Iterable<T> values = from.getAll(key);
    return values == null ? List.of() : values;
  }

  private static Header header(String name, ByteString value) {
    return Header.newBuilder().setName(name).setValue(value).build();
  }

  /**
   * @throws IllegalArgumentException if a name can't be one
   */
  static Metadata read(List<Header> from) {
    Metadata read = new Metadata();
    for (Header header : from) {
      String name = header.getName();
      if (isBinary(name)) {
        read.put(binary(name), header.getValue().toByteArray());
      } else {
        read.put(text(name), header.getValue().toString(StandardCharsets.US_ASCII));
      }
    }
    return read;
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  private static Metadata.Key<String> text(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
