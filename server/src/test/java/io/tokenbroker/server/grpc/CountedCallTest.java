package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
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

  @Test
  void aPeersStreamOfCallsIsNotHeldUpByThoseOfCallers() {
    UnsentAnswers.Outbox connection = new UnsentAnswers(1 << 18, () -> 0).new Outbox();
    assertThat(window(TokenBrokerGrpc.getStreamTokensMethod(), connection)).isPositive();
    assertThat(window(PeerStream.METHOD, connection)).isZero();
  }

  private static <Q, A> int window(MethodDescriptor<Q, A> method, UnsentAnswers.Outbox connection) {
    FakeServerCall<Q, A> call = new FakeServerCall<>(method);
    CountedCall<Q, A> unused = new CountedCall<>(call, connection, () -> {});
    return call.window;
  }

  /** Of an answer that is small in protobuf alone. */
  private static final class Json extends FakeServerCall<NextTokenRequest, NextTokenResponse>
      implements SizedCall<NextTokenResponse> {
    Json() {
      super(TokenBrokerGrpc.getNextTokenMethod());
    }

    @Override
    public int size(NextTokenResponse message) {
      return BIG;
    }
  }
}
