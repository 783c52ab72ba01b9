package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Attributes;
import io.grpc.CallCredentials.MetadataApplier;
import io.grpc.CallCredentials.RequestInfo;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SecurityLevel;
import io.grpc.Status;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenFileTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir private Path directory;
  private Path file;

  /** What became of calls: the header, or the failure. */
  private final List<String> sent = new ArrayList<>();

  @BeforeEach
  void write() throws Exception {
    file = Files.writeString(directory.resolve("token"), "one\n");
  }

  private void call(TokenFile token, SecurityLevel level, byte... address)
      throws UnknownHostException {
    InetSocketAddress broker = new InetSocketAddress(InetAddress.getByAddress(address), 50051);
    token.applyRequestMetadata(
        new RequestInfo() {
          @Override
          public MethodDescriptor<?, ?> getMethodDescriptor() {
            return TokenBrokerGrpc.getNextTokenMethod();
          }

          @Override
          public SecurityLevel getSecurityLevel() {
            return level;
          }

          @Override
          public String getAuthority() {
            return "localhost";
          }

          @Override
          public Attributes getTransportAttrs() {
            return Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, broker).build();
          }
        },
        Runnable::run,
        new MetadataApplier() {
          @Override
          public void apply(Metadata headers) {
            sent.add(String.valueOf(headers.get(AUTHORIZATION)));
          }

          @Override
          public void fail(Status status) {
            sent.add(status.getCode() + " " + status.getDescription());
          }
        });
  }

  /** Whatever the name is that leads there. */
  @Test
  void plainTextCarriesItWithinThisMachineAlone() throws Exception {
    TokenFile token = TokenFile.load(file);
    call(token, SecurityLevel.NONE, (byte) 192, (byte) 0, (byte) 2, (byte) 1);
    call(token, SecurityLevel.NONE, (byte) 127, (byte) 0, (byte) 0, (byte) 1);
    call(token, SecurityLevel.PRIVACY_AND_INTEGRITY, (byte) 192, (byte) 0, (byte) 2, (byte) 1);
    call(token, SecurityLevel.INTEGRITY, (byte) 192, (byte) 0, (byte) 2, (byte) 1);
    assertThat(sent)
        .containsExactly(
            "UNAUTHENTICATED The token would cross the network in plain text: use TLS.",
            "Bearer one",
            "Bearer one",
            "UNAUTHENTICATED The token would cross the network in plain text: use TLS.");
  }

  @Test
  void aNewTokenIsSeenAndABadOneIsNot() throws Exception {
    TokenFile token = TokenFile.load(file);
    Files.writeString(file, "two");
    token.reload();
    call(token, SecurityLevel.NONE, (byte) 127, (byte) 0, (byte) 0, (byte) 1);
    Files.writeString(file, "");
    token.reload();
    Files.delete(file);
    token.reload();
    call(token, SecurityLevel.NONE, (byte) 127, (byte) 0, (byte) 0, (byte) 1);
    assertThat(sent).containsExactly("Bearer two", "Bearer two");
  }

  @Test
  void whatIsNoTokenIsRefused() throws Exception {
    for (String bad : List.of("", " \n", "two words", "a\nb", "ä", "x".repeat(8193))) {
      Files.writeString(file, bad);
      assertThatThrownBy(() -> TokenFile.load(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("nothing but a token");
    }
    Files.delete(file);
    assertThatThrownBy(() -> TokenFile.load(file)).hasMessageContaining("does not exist");
  }
}
