package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Attributes;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
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

  @Test
  void aPeersStreamOfCallsIsNotHeldUpByThoseOfCallers() {
    UnsentAnswers.Outbox connection = new UnsentAnswers(1 << 18, () -> 0).new Outbox();
    assertThat(window(TokenBrokerGrpc.getStreamTokensMethod(), connection)).isPositive();
    assertThat(window(PeerStream.METHOD, connection)).isZero();
  }

  /** That the call is told of; 0 if it is told of none. */
  private static <Q, A> int window(MethodDescriptor<Q, A> method, UnsentAnswers.Outbox connection) {
    int[] told = {0};
    ServerCall<NextTokenRequest, NextTokenResponse> nothing = new Json();
    @SuppressWarnings("unchecked") // it gets no message
    ServerCall<Q, A> untyped = (ServerCall<Q, A>) (ServerCall<?, ?>) nothing;
    ServerCall<Q, A> call =
        new SimpleForwardingServerCall<>(untyped) {
          @Override
          public MethodDescriptor<Q, A> getMethodDescriptor() {
            return method;
          }

          @Override
          public void setOnReadyThreshold(int bytes) {
            told[0] = bytes;
          }
        };
    CountedCall<Q, A> unused = new CountedCall<>(call, connection, () -> {});
    return told[0];
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
