package io.tokenbroker.server.grpc;

import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.account.Demand;
import io.tokenbroker.server.account.OpenDemands;
import io.tokenbroker.server.account.Outcomes;
import io.tokenbroker.server.account.Snapshot;
import io.tokenbroker.server.account.TurnStream;
import io.tokenbroker.server.account.Turns;
import io.tokenbroker.server.account.Watches;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.security.Caller;
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
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The data plane. Runs on event loops and never blocks. */
public final class TokenBrokerService extends TokenBrokerGrpc.TokenBrokerImplBase {
  private static final int DEFAULT_BATCH = 100;

  private final Turns turns;
  private final Watches<WatchAccountResponse> watches;
  private final OpenStreams streams;
  private final OpenDemands demands = new OpenDemands();
  private final Outcomes outcomes;
  private final LeaseCalls leases;
  private final InstantSource clock;
  private final String version;

  /**
   * @param version the broker's, as it was built; empty if that is not known
   */
  public TokenBrokerService(
      Turns turns,
      Watches<WatchAccountResponse> watches,
      OpenStreams streams,
      Outcomes outcomes,
      LeaseCalls leases,
      InstantSource clock,
      String version) {
    this.leases = leases;
    this.turns = turns;
    this.watches = watches;
    this.streams = streams;
    this.outcomes = outcomes;
    this.clock = clock;
    this.version = version;
  }

  /** What those who watch an account get. */
  public static Snapshot<WatchAccountResponse> watched(AccountState state) {
    WatchAccountResponse message =
        WatchAccountResponse.newBuilder().setState(AccountMapper.state(state)).build();
    return new Snapshot<>(message, message.getSerializedSize());
  }

  @Override
  public void nextToken(NextTokenRequest request, StreamObserver<NextTokenResponse> observer) {
    Permit permit = InboundCall.permit();
    UnaryAnswer.answerOrGiveBack(
        observer,
        () ->
            turns.next(
                Fields.account(request.getAccount()),
                scope(permit, request.getScope()),
                patience(request),
                line(request.getWait())),
        turn -> NextTokenResponse.newBuilder().setTurn(TokenMapper.turn(turn)).build(),
        turn ->
            turns.giveBack(
                Fields.account(request.getAccount()),
                scope(permit, request.getScope()),
                List.of(turn)));
  }

  private static Scope scope(@Nullable Permit permit, String name) {
    return Permit.confine(permit, Fields.scope(name));
  }

  /** In whose line a call waits, if it does. */
  private static String line(boolean waits) {
    return waits ? Caller.current().owner() : "";
  }

  private static Duration patience(NextTokenRequest request) {
    return Fields.patience(request.getWait(), request.hasMaxWait(), request.getMaxWait());
  }

  @Override
  public void nextTokens(NextTokensRequest request, StreamObserver<NextTokensResponse> observer) {
    Permit permit = InboundCall.permit();
    UnaryAnswer.answerOrGiveBack(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          int count = Fields.between("count", request.getCount(), 1, Turns.MAX_COUNT);
          Scope scope = scope(permit, request.getScope());
          return turns.next(
              account,
              scope,
              count,
              Fields.patience(request.getWait(), request.hasMaxWait(), request.getMaxWait()),
              line(request.getWait()));
        },
        list -> {
          NextTokensResponse.Builder response = NextTokensResponse.newBuilder();
          list.forEach(turn -> response.addTurns(TokenMapper.turn(turn)));
          return response.build();
        },
        list ->
            turns.giveBack(
                Fields.account(request.getAccount()), scope(permit, request.getScope()), list));
  }

  @Override
  public void streamTokens(
      StreamTokensRequest request, StreamObserver<StreamTokensResponse> observer) {
    streams.open(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          int batch =
              Fields.orDefault(
                  "batch_size", request.getBatchSize(), DEFAULT_BATCH, Turns.MAX_COUNT);
          long limit = Fields.notNegative("limit", request.getLimit());
          long asked = Fields.notNegative("demand", request.getDemand());
          long left = InboundCall.demand();
          Demand demand =
              left == InboundCall.AS_ASKED ? new Demand(asked) : Demand.outstanding(left);
          Permit permit = InboundCall.permit();
          Scope scope = scope(permit, request.getScope());
          String id = Fields.streamId(request.getStreamId());
          String owner = Caller.current().owner();
          TurnStream stream = turns.stream(account, scope, demand, batch, limit, owner);
          if (id.isEmpty()) {
            return new TokenSource(account, stream, demand, false, () -> {}, permit);
          }
          demands.open(account, owner, id, demand);
          return new TokenSource(
              account, stream, demand, true, () -> demands.close(account, owner, id), permit);
        });
  }

  @Override
  public void requestTurns(
      RequestTurnsRequest request, StreamObserver<RequestTurnsResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          String id = Fields.streamId(request.getStreamId());
          if (id.isEmpty()) {
            throw BrokerException.invalidField("stream_id", "must not be empty");
          }
          long count = Fields.between("count", request.getCount(), 1, Long.MAX_VALUE);
          return CompletableFuture.completedFuture(
              demands.request(account, Caller.current().owner(), id, count));
        },
        outstanding -> RequestTurnsResponse.newBuilder().setOutstanding(outstanding).build());
  }

  @Override
  public void watchAccount(
      WatchAccountRequest request, StreamObserver<WatchAccountResponse> observer) {
    streams.open(observer, () -> new AccountSource(watches, Fields.account(request.getAccount())));
  }

  @Override
  public void reportOutcome(
      ReportOutcomeRequest request, StreamObserver<ReportOutcomeResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> {
          AccountId account = Fields.account(request.getAccount());
          TokenId token = Fields.tokenId("token_id", request.getTokenId());
          Scope scope = Fields.scope(request.getScope());
          return outcomes.report(
              account,
              token,
              Fields.between("turn", request.getTurn(), 0, Long.MAX_VALUE),
              ReportMapper.report("report", request.getReport(), scope, clock.instant()));
        },
        reported ->
            ReportOutcomeResponse.newBuilder()
                .setToken(TokenMapper.token(reported.state()))
                .setDuplicate(reported.duplicate())
                .build());
  }

  @Override
  public void acquireLease(
      AcquireLeaseRequest request, StreamObserver<AcquireLeaseResponse> observer) {
    leases.acquire(request, observer);
  }

  @Override
  public void renewLease(RenewLeaseRequest request, StreamObserver<RenewLeaseResponse> observer) {
    leases.renew(request, observer);
  }

  @Override
  public void releaseLease(
      ReleaseLeaseRequest request, StreamObserver<ReleaseLeaseResponse> observer) {
    leases.release(request, observer);
  }

  @Override
  public void streamLeases(
      StreamLeasesRequest request, StreamObserver<StreamLeasesResponse> observer) {
    leases.stream(request, observer);
  }

  @Override
  public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> observer) {
    UnaryAnswer.answer(
        observer,
        () -> CompletableFuture.completedFuture(version),
        running -> GetVersionResponse.newBuilder().setVersion(running).build());
  }
}
