package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LostConnectionsTest {
  @Test
  void aConnectionThatBrokeIsUnavailable() {
    ClosedChannelException cause = new ClosedChannelException();
    StatusRuntimeException error =
        failureOf(Status.UNKNOWN.withDescription("channel closed").withCause(cause));
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(error.getStatus().getDescription()).contains("connection to the broker was lost");
    assertThat(error).hasCause(cause);
  }

  @Test
  void whatABrokerSaysIsLeftAsItIs() {
    assertThat(failureOf(Status.UNKNOWN.withDescription("a")).getStatus().getCode())
        .isEqualTo(Status.Code.UNKNOWN);
    assertThat(failureOf(Status.INTERNAL.withCause(new ClosedChannelException())).getStatus())
        .extracting(Status::getCode)
        .isEqualTo(Status.Code.INTERNAL);
  }

  private static StatusRuntimeException failureOf(Status status) {
    try (TokenBrokerClient client =
        TokenBrokerClient.over(new EndedCalls(status), Duration.ofSeconds(10))) {
      return catchThrowableOfType(StatusRuntimeException.class, () -> client.nextToken("acme"));
    }
  }

  /** Every call ends as soon as it begins. */
  private static final class EndedCalls extends Channel {
    private final Status status;

    EndedCalls(Status status) {
      this.status = status;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        public void start(Listener<R> listener, Metadata headers) {
          listener.onClose(status, new Metadata());
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
      };
    }

    @Override
    public String authority() {
      return "none";
    }
  }
}
