package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CountedCallTest {
  private static final int BIG = 200_000;

  @Test
  void whatCountsIsHowItIsWritten() {
    UnsentAnswers.Outbox connection = new UnsentAnswers(1 << 18, () -> 0).new Outbox();
    Json json = new Json();
    CountedCall<NextTokenRequest, NextTokenResponse> call =
        new CountedCall<>(json, connection, () -> {});
    assertThatThrownBy(() -> call.sendMessage(NextTokenResponse.getDefaultInstance()))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(json.sent).isEmpty();
  }

  /** Of an answer that is small in protobuf alone. */
  private static final class Json extends ServerCall<NextTokenRequest, NextTokenResponse>
      implements SizedCall<NextTokenResponse> {
    private final List<NextTokenResponse> sent = new ArrayList<>();

    @Override
    public int size(NextTokenResponse message) {
      return BIG;
    }

    @Override
    public void request(int count) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(NextTokenResponse message) {
      sent.add(message);
    }

    @Override
    public void close(Status status, Metadata trailers) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<NextTokenRequest, NextTokenResponse> getMethodDescriptor() {
      return TokenBrokerGrpc.getNextTokenMethod();
    }

    @Override
    public Attributes getAttributes() {
      return Attributes.EMPTY;
    }
  }
}
