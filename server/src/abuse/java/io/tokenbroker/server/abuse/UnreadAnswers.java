package io.tokenbroker.server.abuse;

import io.grpc.MethodDescriptor;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Opens all windows, asks for much, and reads nothing. */
final class UnreadAnswers implements Attack {
  private static final String ACCOUNT = "unread";
  private static final int TOKENS = 20;
  private static final int PORTION = 50;
  private final MethodDescriptor<?, ?> method;
  private final byte[] request;
  private final int connections;
  private final int calls;
  private final int secretLength;
  private final long pauseNanos;

  /**
   * @param secretLength in characters
   * @param pauseNanos between portions of calls
   */
  private UnreadAnswers(
      MethodDescriptor<?, ?> method,
      byte[] request,
      int connections,
      int calls,
      int secretLength,
      long pauseNanos) {
    this.method = method;
    this.request = request;
    this.secretLength = secretLength;
    this.pauseNanos = pauseNanos;
    this.connections = connections;
    this.calls = calls;
  }

  /** 1,000 answers of 1 MiB each. */
  static UnreadAnswers ofCalls() {
    return new UnreadAnswers(
        TokenBrokerGrpc.getNextTokensMethod(),
        Headers.message(NextTokensRequest.newBuilder().setAccount(ACCOUNT).setCount(1_000).build()),
        4,
        250,
        60_000,
        0);
  }

  /** 1,000 streams. */
  static UnreadAnswers ofStreams() {
    return ofStreams(10, 100, 60_000, 0);
  }

  /**
   * Streams of turns so small that none counts by itself; their memory is tried, not their coming.
   */
  static UnreadAnswers ofSmallTurns() {
    return ofStreams(10, 900, 30, TimeUnit.MILLISECONDS.toNanos(40));
  }

  private static UnreadAnswers ofStreams(
      int connections, int calls, int secretLength, long pauseNanos) {
    return new UnreadAnswers(
        TokenBrokerGrpc.getStreamTokensMethod(),
        Headers.message(StreamTokensRequest.newBuilder().setAccount(ACCOUNT).build()),
        connections,
        calls,
        secretLength,
        pauseNanos);
  }

  @Override
  public void prepare(Target target) {
    target.add(ACCOUNT, TOKENS, secretLength, TokenLimits.getDefaultInstance());
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
          if (call % PORTION == PORTION - 1) {
            connection.flush();
            LockSupport.parkNanos(pauseNanos);
          }
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
