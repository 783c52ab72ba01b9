package io.tokenbroker.server.abuse;

import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Opens all windows, asks for much, and reads nothing. */
final class UnreadAnswers implements Attack {
  private static final String ACCOUNT = "unread";
  private static final int TOKENS = 20;
  private static final int SECRET_LENGTH = 60_000;
  private final MethodDescriptor<?, ?> method;
  private final byte[] request;
  private final int connections;
  private final int calls;

  private UnreadAnswers(MethodDescriptor<?, ?> method, byte[] request, int connections, int calls) {
    this.method = method;
    this.request = request;
    this.connections = connections;
    this.calls = calls;
  }

  /** 1,000 answers of 1 MiB each. */
  static UnreadAnswers ofCalls() {
    return new UnreadAnswers(
        TokenBrokerGrpc.getNextTokensMethod(),
        Headers.message(NextTokensRequest.newBuilder().setAccount(ACCOUNT).setCount(1_000).build()),
        4,
        250);
  }

  /** 1,000 streams. */
  static UnreadAnswers ofStreams() {
    return new UnreadAnswers(
        TokenBrokerGrpc.getStreamTokensMethod(),
        Headers.message(StreamTokensRequest.newBuilder().setAccount(ACCOUNT).build()),
        10,
        100);
  }

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, TOKENS, SECRET_LENGTH, TokenLimits.getDefaultInstance());
  }

  @Override
  public void run(Target target) throws IOException {
    List<RawConnection> open = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      RawConnection connection = new RawConnection(target.port(), RawConnection.MAX_WINDOW);
      open.add(connection);
      try {
        for (int call = 0; call < calls; call++) {
          connection.send(connection.begin(Headers.name(method)), request, true);
        }
        connection.flush();
      } catch (IOException e) {
        // closed by the broker
      }
    }
    target.awaitEnd();
    for (RawConnection connection : open) {
      connection.close();
    }
  }
}
