package io.tokenbroker.client.fake;

import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AcquireLeaseResponse;
import io.tokenbroker.v1.GetVersionRequest;
import io.tokenbroker.v1.GetVersionResponse;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.NextTokensResponse;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.ReleaseLeaseResponse;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.RenewLeaseResponse;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ReportOutcomeResponse;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.RequestTurnsResponse;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The data plane: three tokens in turn for every account. Thread-safe. */
public final class FakeTokens extends TokenBrokerGrpc.TokenBrokerImplBase {
  public final AtomicInteger calls = new AtomicInteger();
  public final BlockingQueue<FakeStream> streams = new LinkedBlockingQueue<>();

  /** What the last call's deadline was. */
  public volatile @Nullable Deadline deadline;

  /** What happens to a stream that was opened; by default it writes whenever it may. */
  public volatile Consumer<FakeStream> onStream = FakeStream::supply;

  /** A cap on the turns of one NextTokens answer. */
  public volatile int mostTurns = 1000;

  /** No answer at all. */
  public volatile boolean silent;

  /** What a call that gets no answer does when it is cancelled. */
  public volatile Runnable onCancel = () -> {};

  /** The states that WatchAccount tells before it ends. */
  public final Queue<AccountState> states = new ConcurrentLinkedQueue<>();

  /** If set, what WatchAccount tells before it goes on for ever, in place of the states. */
  public volatile @Nullable Function<String, AccountState> watched;

  /** What ReportOutcome tells of every token. */
  public volatile Token reported = Token.newBuilder().setEnabled(true).build();

  /** The id of the token whose turns are probes. */
  public volatile String onProbation = "";

  /** If set, the secret of every token. */
  public volatile @Nullable String secret;

  /** The NextToken requests as they came. */
  public final List<NextTokenRequest> asked = new CopyOnWriteArrayList<>();

  /** The NextTokens requests as they came. */
  public final List<NextTokensRequest> askedForSeveral = new CopyOnWriteArrayList<>();

  /** The ReportOutcome requests as they came. */
  public final List<ReportOutcomeRequest> reports = new CopyOnWriteArrayList<>();

  private final Queue<StatusRuntimeException> failures = new ConcurrentLinkedQueue<>();
  private final Queue<StatusRuntimeException> reportFailures = new ConcurrentLinkedQueue<>();
  private final Queue<StatusRuntimeException> requestFailures = new ConcurrentLinkedQueue<>();
  private final Map<String, FakeStream> open = new ConcurrentHashMap<>();
  private final AtomicInteger successes = new AtomicInteger();
  private final AtomicLong numbers = new AtomicLong();

  private final FakeLeases leases;

  FakeTokens(FakeLeases leases) {
    this.leases = leases;
  }

  @Override
  public void acquireLease(
      AcquireLeaseRequest request, StreamObserver<AcquireLeaseResponse> answer) {
    leases.acquire(request, answer);
  }

  @Override
  public void renewLease(RenewLeaseRequest request, StreamObserver<RenewLeaseResponse> answer) {
    leases.renew(request, answer);
  }

  @Override
  public void releaseLease(
      ReleaseLeaseRequest request, StreamObserver<ReleaseLeaseResponse> answer) {
    leases.release(request, answer);
  }

  @Override
  public void streamLeases(
      StreamLeasesRequest request, StreamObserver<StreamLeasesResponse> answer) {
    leases.stream(request, answer);
  }

  @Override
  public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> answer) {
    if (accept(answer)) {
      answer.onNext(GetVersionResponse.newBuilder().setVersion("1.2.3").build());
      answer.onCompleted();
    }
  }

  /** The next calls fail, one with each of these. */
  public void failNext(StatusRuntimeException... errors) {
    failures.addAll(List.of(errors));
  }

  /** So many calls succeed before the next one fails. */
  public void failAfter(int successes, StatusRuntimeException error) {
    this.successes.set(successes);
    failures.add(error);
  }

  /** The next reports fail, one with each of these. */
  public void failNextReports(StatusRuntimeException... errors) {
    reportFailures.addAll(List.of(errors));
  }

  @Override
  public void reportOutcome(
      ReportOutcomeRequest request, StreamObserver<ReportOutcomeResponse> answer) {
    StatusRuntimeException failure = reportFailures.poll();
    boolean duplicate =
        request.getTurn() != 0
            && reports.stream().anyMatch(report -> report.getTurn() == request.getTurn());
    reports.add(request);
    if (failure != null) {
      answer.onError(failure);
      return;
    }
    answer.onNext(
        ReportOutcomeResponse.newBuilder()
            .setToken(reported.toBuilder().setTokenId(request.getTokenId()))
            .setDuplicate(duplicate)
            .build());
    answer.onCompleted();
  }

  @Override
  public void nextToken(NextTokenRequest request, StreamObserver<NextTokenResponse> answer) {
    asked.add(request);
    if (accept(answer)) {
      answer.onNext(NextTokenResponse.newBuilder().setTurn(turn()).build());
      answer.onCompleted();
    }
  }

  @Override
  public void nextTokens(NextTokensRequest request, StreamObserver<NextTokensResponse> answer) {
    askedForSeveral.add(request);
    if (accept(answer)) {
      int count = Math.min(request.getCount(), mostTurns);
      answer.onNext(NextTokensResponse.newBuilder().addAllTurns(turns(count)).build());
      answer.onCompleted();
    }
  }

  @Override
  public void streamTokens(
      StreamTokensRequest request, StreamObserver<StreamTokensResponse> answer) {
    if (accept(answer)) {
      FakeStream stream = new FakeStream(this, request, answer);
      open.put(request.getStreamId(), stream);
      streams.add(stream);
      onStream.accept(stream);
    }
  }

  @Override
  public void requestTurns(
      RequestTurnsRequest request, StreamObserver<RequestTurnsResponse> answer) {
    FakeStream stream = open.get(request.getStreamId());
    StatusRuntimeException failure = requestFailures.poll();
    if (stream == null || failure != null) {
      answer.onError(failure == null ? Errors.noStream(request) : failure);
      return;
    }
    answer.onNext(RequestTurnsResponse.getDefaultInstance());
    answer.onCompleted();
    stream.request(request.getCount());
  }

  /** The next calls of RequestTurns fail, one with each of these. */
  public void failNextRequests(StatusRuntimeException... errors) {
    requestFailures.addAll(List.of(errors));
  }

  @Override
  public void watchAccount(
      WatchAccountRequest request, StreamObserver<WatchAccountResponse> answer) {
    Function<String, AccountState> endless = watched;
    if (endless != null && accept(answer)) {
      answer.onNext(
          WatchAccountResponse.newBuilder().setState(endless.apply(request.getAccount())).build());
    } else if (endless == null && accept(answer)) {
      states.forEach(
          state -> answer.onNext(WatchAccountResponse.newBuilder().setState(state).build()));
      answer.onError(Errors.noCredentials(request.getAccount()));
    }
  }

  List<Turn> turns(int count) {
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      turns.add(turn());
    }
    return turns;
  }

  private Turn turn() {
    long number = numbers.incrementAndGet();
    long token = (number - 1) % 3 + 1;
    return Turn.newBuilder()
        .setNumber(number)
        .setTokenId(Long.toString(token))
        .setSecret(secret == null ? "made-up-" + token : secret)
        .setLabel("label " + token)
        .setProbation(Long.toString(token).equals(onProbation))
        .build();
  }

  private boolean accept(StreamObserver<?> answer) {
    calls.incrementAndGet();
    deadline = Context.current().getDeadline();
    StatusRuntimeException failure = successes.getAndDecrement() > 0 ? null : failures.poll();
    if (failure != null) {
      answer.onError(failure);
    }
    if (silent) {
      ((ServerCallStreamObserver<?>) answer).setOnCancelHandler(() -> onCancel.run());
    }
    return failure == null && !silent;
  }
}
