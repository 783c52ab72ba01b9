package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.audit.AuditConfig.Fsync;
import io.tokenbroker.server.audit.AuditConfig.OnFailure;
import io.tokenbroker.server.audit.AuditConfig.Turns;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.audit.AuditReader;
import io.tokenbroker.server.audit.AuditReader.HandOut;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.AddTokensResponse;
import io.tokenbroker.v1.AddTokensResult;
import io.tokenbroker.v1.CheckPermissionRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.GetAccountResponse;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written down of calls, and when. */
final class AuditedCallsTest {
  private static final Path FULL_DISK = Path.of("/dev/full");
  private static final String SECRET = "made-up-secret";
  private static final String SLOW = "slow";

  @TempDir private Path directory;

  private final TestBroker broker = new TestBroker();
  private final AtomicInteger added = new AtomicInteger();

  /** The call about the account {@link #SLOW}, and what the store says of it. */
  private final CompletableFuture<ServerCallStreamObserver<AddTokensResponse>> slow =
      new CompletableFuture<>();

  private final CompletableFuture<AddTokensResponse> stored = new CompletableFuture<>();
  private final List<Runnable> toClose = new ArrayList<>();
  private AuditLog audit;
  private ManagedChannel channel;

  @AfterEach
  void close() {
    for (int i = toClose.size() - 1; i >= 0; i--) {
      toClose.get(i).run();
    }
    broker.close();
  }

  private Path file() {
    return directory.resolve("audit.jsonl");
  }

  private void serve() throws Exception {
    serve(file(), OnFailure.REFUSE_ADMIN, Optional.empty());
  }

  private void serve(Path file, OnFailure onFailure, Optional<Status> refusal) throws Exception {
    audit =
        AuditLog.start(
            new AuditConfig(
                file,
                Optional.of(directory.resolve("key")),
                1 << 24,
                1 << 24,
                Fsync.NEVER,
                Turns.SUMMARY,
                onFailure),
            "",
            InstantSource.system(),
            System::nanoTime);
    toClose.add(this::stopAudit);
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(broker.service())
            .addService(new Admin());
    refusal.ifPresent(status -> builder.intercept(new Refusing(status)));
    new InboundBudget(1 << 24, later -> {}, close -> {}).watch(new CallPath(builder));
    Server server =
        builder
            .intercept(new AuditedCalls(audit, () -> Runnable::run))
            .intercept(new Identifying())
            .build()
            .start();
    toClose.add(server::shutdownNow);
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    toClose.add(channel::shutdownNow);
  }

  private void stopAudit() {
    audit.close(Duration.ofMinutes(1));
  }

  private TokenBrokerBlockingStub data() {
    return TokenBrokerGrpc.newBlockingStub(channel);
  }

  private TokenBrokerAdminBlockingStub admin() {
    return TokenBrokerAdminGrpc.newBlockingStub(channel);
  }

  private List<JsonObject> records(String type) throws IOException {
    return Files.readAllLines(file()).stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(one -> one.get("type").getAsString().equals(type))
        .toList();
  }

  private static AddTokensRequest addition() {
    return AddTokensRequest.newBuilder()
        .setAccount("github")
        .addTokens(NewToken.newBuilder().setSecret(SECRET).setLabel("ci").setWeight(3))
        .build();
  }

  @Test
  void anActIsWrittenBeforeItBeginsAndItsResultBeforeTheAnswer() throws Exception {
    serve();
    assertThat(admin().addTokens(addition()).getResultsCount()).isEqualTo(1);

    JsonObject request = records("request").get(0);
    assertThat(request.get("method").getAsString()).isEqualTo("TokenBrokerAdmin/AddTokens");
    assertThat(request.get("account").getAsString()).isEqualTo("github");
    assertThat(request.get("request").toString())
        .isEqualTo("{\"tokens\":[{\"label\":\"ci\",\"weight\":3}]}");
    JsonObject answer = records("answer").get(0);
    assertThat(answer.get("result").getAsString()).isEqualTo("OK");
    assertThat(answer.get("tokens").toString()).isEqualTo("[\"17\"]");
    assertThat(Files.readString(file())).doesNotContain(SECRET);
  }

  @Test
  void anActWhoseCallerGoesHasItsResultWritten() throws Exception {
    serve();
    ListenableFuture<AddTokensResponse> call =
        TokenBrokerAdminGrpc.newFutureStub(channel)
            .addTokens(addition().toBuilder().setAccount(SLOW).build());
    ServerCallStreamObserver<AddTokensResponse> served = slow.get(1, TimeUnit.MINUTES);
    assertThat(call.cancel(true)).isTrue();
    Eventually.until("the broker knows", served::isCancelled);
    stored.complete(AddTokensResponse.getDefaultInstance());
    stopAudit();

    assertThat(records("answer"))
        .singleElement()
        .satisfies(one -> assertThat(one.get("result").getAsString()).isEqualTo("OK"));
  }

  @Test
  void aReadIsWrittenWithItsResult() throws Exception {
    serve();
    Failure failure =
        Failure.of(
            () -> admin().getAccount(GetAccountRequest.newBuilder().setAccount("a").build()));

    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(records("request")).isEmpty();
    assertThat(records("answer").get(0).get("result").getAsString()).isEqualTo("NOT_FOUND");
    assertThat(records("answer").get(0).get("reason").getAsString())
        .isEqualTo("CREDENTIALS_DO_NOT_EXIST");
  }

  @Test
  void whatOnlyReadsIsNoActWhateverItIsCalled() throws Exception {
    serve();
    Code code = code(() -> admin().checkPermission(CheckPermissionRequest.getDefaultInstance()));

    assertThat(records("request")).isEmpty();
    assertThat(records("answer").get(0).get("result").getAsString()).isEqualTo(code.name());
  }

  @Test
  void onAFullDiskNothingIsDoneAndTurnsGoOn() throws Exception {
    assumeTrue(Files.exists(FULL_DISK));
    serve(FULL_DISK, OnFailure.REFUSE_ADMIN, Optional.empty());
    broker.store.put("github", SECRET);

    Failure failure = Failure.of(() -> admin().addTokens(addition()));
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("AUDIT_UNAVAILABLE");
    assertThat(added).hasValue(0);
    assertThat(next().getSecret()).isEqualTo(SECRET);
  }

  @Test
  void onAFullDiskNoSecretIsHandedOutIfThatIsWanted() throws Exception {
    assumeTrue(Files.exists(FULL_DISK));
    serve(FULL_DISK, OnFailure.REFUSE_ALL, Optional.empty());
    broker.store.put("github", SECRET);
    // so that it is known by now
    Failure unused = Failure.of(() -> admin().addTokens(addition()));

    assertThat(Failure.of(this::next).reason()).isEqualTo("AUDIT_UNAVAILABLE");
    assertThat(Failure.of(() -> data().acquireLease(lease())).reason())
        .isEqualTo("AUDIT_UNAVAILABLE");
    assertThat(
            Failure.of(() -> data().streamTokens(stream()).forEachRemaining(batch -> {})).reason())
        .isEqualTo("AUDIT_UNAVAILABLE");
  }

  @Test
  void onAFullDiskAllGoesOnIfThatIsWanted() throws Exception {
    assumeTrue(Files.exists(FULL_DISK));
    serve(FULL_DISK, OnFailure.GO_ON, Optional.empty());

    assertThat(admin().addTokens(addition()).getResultsCount()).isEqualTo(1);
    assertThat(added).hasValue(1);
  }

  @Test
  void refusalsAreWrittenAndLikeOnesCounted() throws Exception {
    serve(file(), OnFailure.REFUSE_ADMIN, Optional.of(Status.PERMISSION_DENIED));
    assertThat(code(this::next)).isEqualTo(Code.PERMISSION_DENIED);
    assertThat(records("refused")).hasSize(1);

    for (int i = 0; i < 100; i++) {
      assertThat(code(this::next)).isEqualTo(Code.PERMISSION_DENIED);
    }
    assertThat(code(() -> admin().addTokens(addition()))).isEqualTo(Code.PERMISSION_DENIED);
    stopAudit();

    long all = 0;
    for (JsonObject one : records("refused")) {
      all += one.has("more") ? one.get("more").getAsLong() : 1;
    }
    assertThat(all).isEqualTo(102);
    JsonObject first = records("refused").get(0);
    assertThat(first.get("method").getAsString()).isEqualTo("TokenBroker/NextToken");
    assertThat(first.get("account").getAsString()).isEqualTo("github");
    assertThat(first.get("result").getAsString()).isEqualTo("PERMISSION_DENIED");
    // of what was refused nothing has begun
    assertThat(records("request")).isEmpty();
    assertThat(records("answer")).isEmpty();
    assertThat(added).hasValue(0);
  }

  @Test
  void everyTurnThatWentOutIsFound() throws Exception {
    serve();
    broker.store.put("github", SECRET, SECRET + "2");
    List<Turn> turns = new ArrayList<>();
    turns.add(next());
    turns.addAll(
        data()
            .nextTokens(NextTokensRequest.newBuilder().setAccount("github").setCount(7).build())
            .getTurnsList());
    data().streamTokens(stream()).forEachRemaining(batch -> turns.addAll(batch.getTurnsList()));
    stopAudit();

    assertThat(turns).hasSize(18);
    for (Turn turn : turns) {
      assertThat(who(String.valueOf(turn.getNumber()), Optional.empty()))
          .singleElement()
          .satisfies(one -> assertThat(one.columns().get(1)).isEqualTo(turn.getTokenId()));
    }
    assertThat(who("19", Optional.empty())).isEmpty();
    assertThat(Files.readString(file())).doesNotContain(SECRET);
  }

  @Test
  void aLeaseIsFoundUntilItIsReleased() throws Exception {
    serve();
    broker.store.put("github", SECRET);
    Lease lease = data().acquireLease(lease()).getLease();
    Instant held = Instant.now();
    assertThat(
            data()
                .releaseLease(
                    ReleaseLeaseRequest.newBuilder()
                        .setLeaseId(lease.getLeaseId())
                        .setFencingNumber(lease.getFencingNumber())
                        .build())
                .getAlreadyEnded())
        .isFalse();
    stopAudit();

    assertThat(records("lease"))
        .extracting(one -> one.get("event").getAsString())
        .containsExactly("granted", "released");
    assertThat(who(lease.getTokenId(), Optional.of(held))).hasSize(1);
    assertThat(who(lease.getTokenId(), Optional.of(Instant.now().plusSeconds(10)))).isEmpty();
    assertThat(Files.readString(file())).doesNotContain(SECRET);
  }

  @Test
  void aReleaseThatComesTooLateChangesNothing() throws Exception {
    serve();
    broker.store.put("github", SECRET);
    Lease lease = data().acquireLease(lease()).getLease();
    ReleaseLeaseRequest release =
        ReleaseLeaseRequest.newBuilder()
            .setLeaseId(lease.getLeaseId())
            .setFencingNumber(lease.getFencingNumber())
            .build();
    assertThat(data().releaseLease(release).getAlreadyEnded()).isFalse();
    assertThat(data().releaseLease(release).getAlreadyEnded()).isTrue();
    stopAudit();

    assertThat(records("lease"))
        .extracting(one -> one.get("event").getAsString())
        .containsExactly("granted", "released");
  }

  private static Code code(ThrowingCallable call) {
    return Status.fromThrowable(catchThrowable(call)).getCode();
  }

  private List<HandOut> who(String wanted, Optional<Instant> at) throws IOException {
    List<HandOut> found = new ArrayList<>();
    AuditReader.of(List.of(file())).who("github", wanted, at, Duration.ofSeconds(60), found::add);
    return found;
  }

  private Turn next() {
    return data().nextToken(NextTokenRequest.newBuilder().setAccount("github").build()).getTurn();
  }

  private static AcquireLeaseRequest lease() {
    return AcquireLeaseRequest.newBuilder().setAccount("github").setHolder("worker").build();
  }

  private static StreamTokensRequest stream() {
    return StreamTokensRequest.newBuilder()
        .setAccount("github")
        .setLimit(10)
        .setDemand(10)
        .setBatchSize(4)
        .build();
  }

  /** Makes all calls the broker's caller's. */
  private final class Identifying implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      InboundCall.current().identify(broker.caller, MethodRules.KNOWN, null);
      return next.startCall(call, headers);
    }
  }

  /** Refuses all calls, as a policy does. */
  private record Refusing(Status status) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(Q message) {
          call.close(status, new Metadata());
        }
      };
    }
  }

  /** Says what it does. */
  private final class Admin extends TokenBrokerAdminGrpc.TokenBrokerAdminImplBase {
    @Override
    public void addTokens(AddTokensRequest request, StreamObserver<AddTokensResponse> observer) {
      added.incrementAndGet();
      if (request.getAccount().equals(SLOW)) {
        UnaryAnswer.answer(observer, () -> stored, Function.identity());
        slow.complete((ServerCallStreamObserver<AddTokensResponse>) observer);
        return;
      }
      observer.onNext(
          AddTokensResponse.newBuilder()
              .addResults(
                  AddTokensResult.newBuilder().setToken(Token.newBuilder().setTokenId("17")))
              .build());
      observer.onCompleted();
    }

    @Override
    public void getAccount(GetAccountRequest request, StreamObserver<GetAccountResponse> observer) {
      observer.onError(StatusMapper.of(BrokerException.credentialsDoNotExist(new AccountId("a"))));
    }
  }
}
