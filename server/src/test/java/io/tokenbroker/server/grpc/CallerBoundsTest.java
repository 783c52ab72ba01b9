package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one caller may have, and that others have theirs all the same. */
class CallerBoundsTest {
  @TempDir private Path directory;
  private GuardedServer server;
  private String bad = "";
  private String good = "";

  @BeforeEach
  void start() throws Exception {
    server =
        new GuardedServer(
            directory,
            """
            rules:
              - {callers: ["key:*"], accounts: ["*"], may: [next, stream, lease]}
            bounds:
              - {callers: ["key:bad"], streams: 2, waiters: 2, leases: 2, connections: 2}
              - {callers: ["key:slow"], turns_per_second: 1}
            """);
    server.broker.store.put("acme", "s1", "s2", "s3", "s4", "s5", "s6");
    server.broker.store.put("solo", "s1");
    bad = server.key("bad", Optional.empty());
    good = server.key("good", Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private TokenBrokerBlockingStub as(String key) {
    return as(key, server.channel);
  }

  private static TokenBrokerBlockingStub as(String key, ManagedChannel channel) {
    return TokenBrokerGrpc.newBlockingStub(channel).withCallCredentials(GuardedServer.bearer(key));
  }

  private static void assertLimited(Failure failure, String caller, String bound, int limit) {
    assertThat(failure.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(failure.reason()).isEqualTo("CLIENT_LIMIT");
    assertThat(failure.metadata())
        .containsEntry("caller", caller)
        .containsEntry("bound", bound)
        .containsEntry("limit", Integer.toString(limit));
    assertThat(failure.retrySeconds()).isPositive();
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open(String key) {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    TokenBrokerGrpc.newStub(server.channel)
        .withCallCredentials(GuardedServer.bearer(key))
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount("acme")
                .setDemand(1)
                .setStreamId("of-" + System.identityHashCode(reader)) // so that it stays open
                .build(),
            reader);
    return reader;
  }

  @Test
  void streams() throws Exception {
    Reader<StreamTokensRequest, StreamTokensResponse> first = open(bad);
    assertThat(first.next().getTurnsCount()).isEqualTo(1);
    assertThat(open(bad).next().getTurnsCount()).isEqualTo(1);
    assertLimited(Failure.of(open(bad).end().orElseThrow()), "key:bad", "streams", 2);
    assertThat(open(good).next().getTurnsCount()).isEqualTo(1);
    first.call().cancel("enough", null);
    Eventually.until("one has ended", () -> server.broker.streams.size() == 2);
    assertThat(open(bad).next().getTurnsCount()).isEqualTo(1);
  }

  private Lease lease(String key, String account, String holder) {
    return as(key)
        .acquireLease(
            AcquireLeaseRequest.newBuilder().setAccount(account).setHolder(holder).build())
        .getLease();
  }

  private ListenableFuture<NextTokenResponse> waiting(String key) {
    return TokenBrokerGrpc.newFutureStub(server.channel)
        .withCallCredentials(GuardedServer.bearer(key))
        .nextToken(NextTokenRequest.newBuilder().setAccount("solo").setWait(true).build());
  }

  private int waiters() {
    return server.broker.table.state(new AccountId("solo"), 0).orElseThrow().waiterCount();
  }

  @Test
  void waits() throws Exception {
    Lease held = lease(good, "solo", "h");
    List<ListenableFuture<NextTokenResponse>> waiting = new ArrayList<>();
    waiting.add(waiting(bad));
    waiting.add(waiting(bad));
    Eventually.until("they wait", () -> waiters() == 2);
    ListenableFuture<NextTokenResponse> third = waiting(bad);
    assertLimited(
        Failure.of(catchThrowable(() -> third.get(1, TimeUnit.MINUTES))), "key:bad", "waiters", 2);
    assertThat(waiters()).isEqualTo(2);
    NextTokenRequest nobody =
        NextTokenRequest.newBuilder().setAccount("nobody").setWait(true).build();
    for (String key : List.of(good, bad)) {
      assertThat(Failure.of(() -> as(key).nextToken(nobody)).code())
          .as("what fails at once does not wait")
          .isEqualTo(Status.Code.NOT_FOUND);
    }
    waiting.add(waiting(good));
    Eventually.until("another one waits", () -> waiters() == 3);
    release(good, held);
    for (ListenableFuture<NextTokenResponse> one : waiting) {
      assertThat(one.get(1, TimeUnit.MINUTES).hasTurn()).isTrue();
    }
    assertThat(lease(good, "solo", "h").getLeaseId()).isNotEmpty();
    waiting(bad);
    Eventually.until("it may wait again", () -> waiters() == 1);
  }

  private void release(String key, Lease lease) {
    var unused =
        as(key)
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build());
  }

  /** Whatever they say who holds them. */
  @Test
  void leases() {
    Lease first = lease(bad, "acme", "made-up-1");
    assertThat(lease(bad, "acme", "made-up-2").getLeaseId()).isNotEmpty();
    assertLimited(Failure.of(() -> lease(bad, "acme", "made-up-3")), "key:bad", "leases", 2);
    assertLimited(Failure.of(() -> lease(bad, "solo", "made-up-4")), "key:bad", "leases", 2);
    assertThat(lease(good, "acme", "made-up-1").getLeaseId()).isNotEmpty();
    release(bad, first);
    assertThat(lease(bad, "acme", "made-up-5").getLeaseId()).isNotEmpty();
    assertLimited(Failure.of(() -> lease(bad, "acme", "made-up-6")), "key:bad", "leases", 2);
  }

  @Test
  void leasesThatFailDoNotCount() {
    lease(good, "solo", "h");
    for (int i = 0; i < 3; i++) {
      assertThat(Failure.of(() -> lease(bad, "solo", "x")).reason()).isEqualTo("TOKENS_LEASED");
    }
    assertThat(lease(bad, "acme", "x").getLeaseId()).isNotEmpty();
  }

  private static NextTokenResponse next(TokenBrokerBlockingStub stub) {
    return stub.nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
  }

  @Test
  void turns() {
    String slow = server.key("slow", Optional.empty());
    // more than it may have in a quarter of an hour
    assertThat(
            as(slow)
                .nextTokens(
                    NextTokensRequest.newBuilder().setAccount("acme").setCount(1_000).build())
                .getTurnsCount())
        .isEqualTo(1_000);
    Failure refused = Failure.of(() -> next(as(slow)));
    assertLimited(refused, "key:slow", "turns_per_second", 1);
    assertThat(refused.retrySeconds()).isBetween(1.0, 1_000.0);
    assertThat(next(as(good)).hasTurn()).isTrue();
  }

  @Test
  void turnsOfStreams() throws Exception {
    String slow = server.key("slow", Optional.empty());
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    TokenBrokerGrpc.newStub(server.channel)
        .withCallCredentials(GuardedServer.bearer(slow))
        .streamTokens(
            StreamTokensRequest.newBuilder().setAccount("acme").setBatchSize(1_000).build(),
            reader);
    assertThat(reader.next().getTurnsCount()).isEqualTo(1_000);
    assertLimited(Failure.of(() -> next(as(slow))), "key:slow", "turns_per_second", 1);
    reader.call().cancel("enough", null);
  }

  @Test
  void connections() throws Exception {
    assertThat(next(as(bad)).hasTurn()).isTrue();
    ManagedChannel second = server.connect();
    assertThat(next(as(bad, second)).hasTurn()).isTrue();
    ManagedChannel third = server.connect();
    assertLimited(Failure.of(() -> next(as(bad, third))), "key:bad", "connections", 2);
    ManagedChannel fourth = server.connect();
    assertThat(next(as(good, fourth)).hasTurn()).isTrue();
    second.shutdownNow();
    Eventually.until("there is room again", () -> isServed(third));
    third.shutdownNow();
    fourth.shutdownNow();
  }

  private boolean isServed(ManagedChannel channel) {
    try {
      return next(as(bad, channel)).hasTurn();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  @Test
  void failingLogins() {
    assertThat(next(as(good)).hasTurn()).isTrue();
    String wrong = good.substring(0, good.length() - 4) + "wxyz";
    int failed = 0;
    Failure refused = Failure.of(() -> next(as(wrong)));
    // 100 and those that are forgotten meanwhile
    while (refused.code() == Status.Code.UNAUTHENTICATED && failed < 20_000) {
      failed++;
      refused = Failure.of(() -> next(as(wrong)));
    }
    assertLimited(refused, "127.0.0.1", "logins", 100);
    assertThat(failed).isGreaterThanOrEqualTo(100);
    assertThat(next(as(good)).hasTurn()).isTrue();
    assertThat(next(as(bad)).hasTurn()).isTrue();
  }
}
