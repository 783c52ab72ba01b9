package io.tokenbroker.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.tokenbroker.peer.v1.Header;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Of calls that go on, or back, in a message with others; trailers too. Names that gRPC does not
 * know are left out: HTTP/2 allows more.
 */
final class Headers {
  private static final Pattern NAME = Pattern.compile("[0-9a-z_.-]+");

  /** What a connection says for itself, or a broker. */
  private static final Set<String> STAY =
      Set.of(
          "te",
          "content-type",
          "user-agent",
          Hop.KEY.name(),
          Hop.CALLER.name(),
          Hop.CONNECTION.name(),
          Hop.DEMAND.name());

  private Headers() {}

  /** Those that a call came with, less those of its connection. */
  static void writeOnward(Metadata from, Consumer<Header> to) {
    for (String name : from.keys()) {
      if (!STAY.contains(name) && !name.startsWith("grpc-")) {
        write(name, from, to);
      }
    }
  }

  static void write(Metadata from, Consumer<Header> to) {
    from.keys().forEach(name -> write(name, from, to));
  }

  private static void write(String name, Metadata from, Consumer<Header> to) {
    if (!isKnown(name)) {
      return;
    }
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

  private static boolean isKnown(String name) {
    return NAME.matcher(name).matches() && !name.equals(Metadata.BINARY_HEADER_SUFFIX);
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

  static Metadata read(List<Header> from) {
    Metadata read = new Metadata();
    for (Header header : from) {
      String name = header.getName();
      if (!isKnown(name)) {
        continue;
      }
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
