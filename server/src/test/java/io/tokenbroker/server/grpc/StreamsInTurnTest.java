package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StreamsInTurnTest {
  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final List<String> heard = new ArrayList<>();
  private final ServerCall.Listener<StreamTokensRequest> stream =
      new StreamsInTurn(loop::eventLoop)
          .interceptCall(new Stream(), new Metadata(), (call, headers) -> new Service());

  @BeforeEach
  void begin() {
    stream.onReady();
    stream.onHalfClose();
    assertThat(heard).containsExactly("ready", "begun");
    heard.clear();
  }

  /** Streams never have enough: what else there is to do goes first. */
  @Test
  void aStreamGoesOnInItsTurn() {
    stream.onReady();
    stream.onReady();
    assertThat(heard).isEmpty();

    loop.runPendingTasks();
    assertThat(heard).containsExactly("ready");

    stream.onReady();
    loop.runPendingTasks();
    assertThat(heard).containsExactly("ready", "ready");
  }

  @Test
  void aStreamThatHasEndedMeanwhileDoesNot() {
    stream.onReady();
    stream.onCancel();
    loop.runPendingTasks();
    assertThat(heard).containsExactly("cancelled");
  }

  @Test
  void aFaultEndsItsCall() {
    ServerCall.Listener<StreamTokensRequest> faulty =
        new StreamsInTurn(loop::eventLoop)
            .interceptCall(
                new Stream(),
                new Metadata(),
                (call, headers) ->
                    new ServerCall.Listener<>() {
                      @Override
                      public void onReady() {
                        throw new IllegalStateException("a fault");
                      }
                    });
    faulty.onHalfClose();
    faulty.onReady();
    stream.onReady();
    loop.runPendingTasks();
    assertThat(heard).containsExactly("closed INTERNAL", "ready");
  }

  private final class Service extends ServerCall.Listener<StreamTokensRequest> {
    @Override
    public void onHalfClose() {
      heard.add("begun");
    }

    @Override
    public void onReady() {
      heard.add("ready");
    }

    @Override
    public void onCancel() {
      heard.add("cancelled");
    }
  }

  private final class Stream extends ServerCall<StreamTokensRequest, StreamTokensResponse> {
    @Override
    public void request(int count) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(StreamTokensResponse message) {}

    @Override
    public void close(Status status, Metadata trailers) {
      heard.add("closed " + status.getCode());
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<StreamTokensRequest, StreamTokensResponse> getMethodDescriptor() {
      return TokenBrokerGrpc.getStreamTokensMethod();
    }
  }
}
