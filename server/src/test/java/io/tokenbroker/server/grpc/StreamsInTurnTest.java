package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import org.junit.jupiter.api.Test;

class StreamsInTurnTest {
  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final FakeService<StreamTokensRequest> service = new FakeService<>();
  private final FakeServerCall<StreamTokensRequest, StreamTokensResponse> call =
      new FakeServerCall<>(TokenBrokerGrpc.getStreamTokensMethod());
  private final ServerCall.Listener<StreamTokensRequest> stream =
      new StreamsInTurn(loop::eventLoop)
          .interceptCall(call, new Metadata(), (begun, headers) -> service);

  private void begin() {
    stream.onReady();
    stream.onHalfClose();
    assertThat(service.heard).containsExactly("ready", "begun");
    service.heard.clear();
  }

  /** Streams never have enough: what else there is to do goes first. */
  @Test
  void aStreamGoesOnInItsTurn() {
    begin();
    stream.onReady();
    stream.onReady();
    assertThat(service.heard).isEmpty();

    loop.runPendingTasks();
    assertThat(service.heard).containsExactly("ready");

    stream.onReady();
    loop.runPendingTasks();
    assertThat(service.heard).containsExactly("ready", "ready");
  }

  @Test
  void aStreamThatHasEndedMeanwhileDoesNot() {
    begin();
    stream.onReady();
    stream.onCancel();
    loop.runPendingTasks();
    assertThat(service.heard).containsExactly("cancelled");
  }

  @Test
  void aFaultEndsItsCall() {
    begin();
    service.faulty = true;
    stream.onReady();
    loop.runPendingTasks();
    assertThat(call.closed).containsExactly(Status.Code.INTERNAL);
  }
}
