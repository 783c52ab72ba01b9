package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.Status;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerFutureStub;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was allowed once ends when it is not any more, also in the midst of a stream. */
class RevokedCallersTest {
  private static final String RULES =
      """
      rules:
        - {callers: ["key:a", "key:b"], accounts: [acme, solo], may: [next, stream, lease]}
      """;

  @TempDir private Path directory;
  private GuardedServer server;
  private String key = "";

  @BeforeEach
  void start() throws Exception {
    server = new GuardedServer(directory, RULES);
    server.broker.store.put("acme", "s1", "s2");
    key = server.key("a", Optional.of(Duration.ofHours(1)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open(String with)
      throws InterruptedException {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    TokenBrokerGrpc.newStub(server.channel)
        .withCallCredentials(GuardedServer.bearer(with))
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount("acme")
                .setDemand(1)
                .setStreamId("of-" + Integer.toHexString(with.hashCode())) // so that it stays open
                .build(),
            reader);
    assertThat(reader.next().getTurnsCount()).isEqualTo(1);
    return reader;
  }

  private Failure next(String with) {
    return Failure.of(
        () ->
            TokenBrokerGrpc.newBlockingStub(server.channel)
                .withCallCredentials(GuardedServer.bearer(with))
                .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build()));
  }

  @Test
  void aStreamEndsWithItsKey() throws Exception {
    Reader<StreamTokensRequest, StreamTokensResponse> revoked = open(key);
    String other = server.key("b", Optional.empty());
    Reader<StreamTokensRequest, StreamTokensResponse> stays = open(other);
    assertThat(server.broker.keys.revokeByName("a").join()).isEqualTo(1);
    server.broker.streams.recheck();
    Failure end = Failure.of(revoked.end().orElseThrow());
    assertThat(end.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(end.metadata()).containsEntry("cause", "unknown");
    assertThat(next(key).metadata()).containsEntry("cause", "unknown");
    assertThat(server.broker.streams.size()).isEqualTo(1);
    stays.call().cancel("enough", null);
  }

  /** How a call that waits ends if its caller's key is revoked before its token is there. */
  private <A> Failure revokedAsItWaits(Function<TokenBrokerFutureStub, ListenableFuture<A>> call)
      throws Exception {
    server.broker.store.put("solo", "s1");
    String other = server.key("b", Optional.empty());
    TokenBrokerBlockingStub holder =
        TokenBrokerGrpc.newBlockingStub(server.channel)
            .withCallCredentials(GuardedServer.bearer(other));
    Lease held =
        holder
            .acquireLease(
                AcquireLeaseRequest.newBuilder().setAccount("solo").setHolder("h").build())
            .getLease();
    ListenableFuture<A> waiting =
        call.apply(
            TokenBrokerGrpc.newFutureStub(server.channel)
                .withCallCredentials(GuardedServer.bearer(key)));
    Eventually.until(
        "it waits",
        () -> server.broker.table.state(new AccountId("solo"), 0).orElseThrow().waiterCount() == 1);
    assertThat(server.broker.keys.revokeByName("a").join()).isEqualTo(1);
    assertThat(
            holder
                .releaseLease(
                    ReleaseLeaseRequest.newBuilder()
                        .setLeaseId(held.getLeaseId())
                        .setFencingNumber(held.getFencingNumber())
                        .build())
                .getAlreadyEnded())
        .isFalse();
    Failure end = Failure.of(catchThrowable(() -> waiting.get(1, TimeUnit.MINUTES)));
    Eventually.until("it holds nothing", () -> server.broker.leaseStore.live().isEmpty());
    return end;
  }

  @Test
  void whoWaitsForATurnGetsNoneWithARevokedKey() throws Exception {
    Failure end =
        revokedAsItWaits(
            stub ->
                stub.nextToken(
                    NextTokenRequest.newBuilder().setAccount("solo").setWait(true).build()));
    assertThat(end.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(end.metadata()).containsEntry("cause", "unknown");
  }

  @Test
  void whoWaitsForSeveralTurnsGetsNoneWithARevokedKey() throws Exception {
    Failure end =
        revokedAsItWaits(
            stub ->
                stub.nextTokens(
                    NextTokensRequest.newBuilder()
                        .setAccount("solo")
                        .setCount(2)
                        .setWait(true)
                        .build()));
    assertThat(end.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  @Test
  void whoWaitsForALeaseGetsNoneWithARevokedKey() throws Exception {
    Failure end =
        revokedAsItWaits(
            stub ->
                stub.acquireLease(
                    AcquireLeaseRequest.newBuilder()
                        .setAccount("solo")
                        .setHolder("x")
                        .setWait(true)
                        .build()));
    assertThat(end.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
  }

  /** A call that waits for the one token, which somebody else has leased. */
  private ListenableFuture<NextTokenResponse> waiting() throws InterruptedException {
    server.broker.store.put("solo", "s1");
    String other = server.key("b", Optional.empty());
    var unused =
        TokenBrokerGrpc.newBlockingStub(server.channel)
            .withCallCredentials(GuardedServer.bearer(other))
            .acquireLease(
                AcquireLeaseRequest.newBuilder().setAccount("solo").setHolder("h").build());
    ListenableFuture<NextTokenResponse> waiting =
        TokenBrokerGrpc.newFutureStub(server.channel)
            .withCallCredentials(GuardedServer.bearer(key))
            .nextToken(NextTokenRequest.newBuilder().setAccount("solo").setWait(true).build());
    Eventually.until("it waits", () -> waiters() == 1);
    server.recheckWaits();
    assertThat(waiters()).isEqualTo(1);
    return waiting;
  }

  private int waiters() {
    return server.broker.table.state(new AccountId("solo"), 0).orElseThrow().waiterCount();
  }

  @Test
  void whoWaitsIsToldThatItsKeyWasRevokedAndLeavesItsPlace() throws Exception {
    ListenableFuture<NextTokenResponse> waiting = waiting();
    assertThat(server.broker.keys.revokeByName("a").join()).isEqualTo(1);
    server.recheckWaits();
    assertThat(waiters()).isZero();
    Failure end = Failure.of(catchThrowable(() -> waiting.get(1, TimeUnit.MINUTES)));
    assertThat(end.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(end.metadata()).containsEntry("cause", "unknown");
  }

  @Test
  void whoWaitsIsToldThatItMayNoMore() throws Exception {
    ListenableFuture<NextTokenResponse> waiting = waiting();
    server.write(RULES.replace("next, ", ""));
    assertThat(server.policy.reload()).isTrue();
    server.recheckWaits();
    assertThat(waiters()).isZero();
    Failure end = Failure.of(catchThrowable(() -> waiting.get(1, TimeUnit.MINUTES)));
    assertThat(end.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void aStreamEndsWhenItsKeyExpires() throws Exception {
    Reader<StreamTokensRequest, StreamTokensResponse> stream = open(key);
    server.broker.streams.recheck();
    assertThat(server.broker.streams.size()).isEqualTo(1);
    server.broker.pass(Duration.ofHours(1));
    server.broker.streams.recheck();
    assertThat(Failure.of(stream.end().orElseThrow()).metadata()).containsEntry("cause", "expired");
  }

  @Test
  void aStreamEndsWithItsPermission() throws Exception {
    Reader<StreamTokensRequest, StreamTokensResponse> stream = open(key);
    server.write(RULES.replace(", stream", ""));
    assertThat(server.policy.reload()).isTrue();
    server.broker.streams.recheck();
    Failure end = Failure.of(stream.end().orElseThrow());
    assertThat(end.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(end.metadata()).containsEntry("permission", "stream");
  }
}
