package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import io.tokenbroker.peer.v1.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadersTest {
  /** As they come by HTTP/2. */
  private static Metadata arrived(String... namesAndValues) {
    byte[][] bytes = new byte[namesAndValues.length][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = namesAndValues[i].getBytes(StandardCharsets.US_ASCII);
    }
    return InternalMetadata.newMetadata(bytes);
  }

  @Test
  void whatACallCameWithGoesOnLessWhatIsItsConnections() {
    List<Header> headers = new ArrayList<>();
    Headers.writeOnward(
        arrived(
            "te",
            "trailers",
            "grpc-timeout",
            "1S",
            "user-agent",
            "u",
            "content-type",
            "c",
            "tokenbroker-peer-key",
            "k",
            "x-of-its-own",
            "1",
            "x-of-its-own",
            "2",
            "x-bin",
            "AQI"),
        headers::add);
    Metadata read = Headers.read(headers);
    assertThat(read.keys()).containsExactlyInAnyOrder("x-of-its-own", "x-bin");
    assertThat(read.getAll(Metadata.Key.of("x-of-its-own", Metadata.ASCII_STRING_MARSHALLER)))
        .containsExactly("1", "2");
    assertThat(read.get(Metadata.Key.of("x-bin", Metadata.BINARY_BYTE_MARSHALLER)))
        .asString()
        .isEqualTo("AQI");
  }

  @Test
  void namesThatGrpcDoesNotKnowAreLeftOut() {
    Metadata arrived = arrived("x!y", "1", "-bin", "AQI", "a+b", "2", "good", "3");
    List<Header> headers = new ArrayList<>();
    Headers.writeOnward(arrived, headers::add);
    assertThat(headers).extracting(Header::getName).containsExactly("good");
    Header odd = Header.newBuilder().setName("x!y").setValue(ByteString.EMPTY).build();
    assertThat(Headers.read(List.of(odd)).keys()).isEmpty();
    // those of a call of its own go as they are
    assertThat(Hop.onward(arrived).keys()).contains("x!y", "a+b");
  }
}
