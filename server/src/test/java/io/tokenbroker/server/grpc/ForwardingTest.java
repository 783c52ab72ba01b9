package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.tokenbroker.server.audit.AuditConfig;
import io.tokenbroker.server.audit.AuditLog;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.GetAccountRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that come to a broker that does not own their account, over real sockets. */
final class ForwardingTest extends ForwardingTestBase {
  private static final Metadata.Key<String> TRACE =
      Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

  @Test
  void turnsAreOfOneOrderWhoeverIsAsked() {
    List<String> secrets = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      TestMember asked = i % 2 == 0 ? entry : owner;
      secrets.add(asked.calls().nextToken(next()).getTurn().getSecret());
    }
    assertThat(secrets).containsExactly("s1", "s2", "s3", "s1", "s2", "s3");
    assertThat(entry.seen).isEmpty();
    assertThat(entry.server().forwards().orElseThrow().forwarded()).isEqualTo(3);
  }

  @Test
  void everyAnswerTellsTheOwner() {
    for (TestMember asked : List.of(entry, owner)) {
      Metadata trailers = trailersOf(asked, calls -> calls.nextToken(next()));
      assertThat(trailers.get(Hop.OWNER)).isEqualTo(owner.address());
    }
    Metadata failed =
        trailersOf(
            entry,
            calls -> {
              Failure unused =
                  Failure.of(() -> calls.nextToken(next().toBuilder().setScope(" ").build()));
            });
    assertThat(failed.get(Hop.OWNER)).isEqualTo(owner.address());
  }

  @Test
  void anOwnerThatMayBeNoneAnyMoreSaysSo() {
    owner.certain = false;
    for (TestMember asked : List.of(entry, owner)) {
      Metadata trailers = trailersOf(asked, calls -> calls.nextToken(next()));
      assertThat(trailers.get(Hop.SPLIT)).isEqualTo(owner.address());
      assertThat(trailers.get(Hop.OWNER)).isNull();
    }
  }

  @Test
  void failuresComeWithTheirDetails() {
    Failure failure =
        Failure.of(() -> entry.calls().nextToken(next().toBuilder().setScope(" ").build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo("scope");
  }

  @Test
  void whatThisVersionDoesNotKnowComesToTheOwner() throws Exception {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .build();
    NextTokenResponse unused =
        entry.calls().nextToken(next().toBuilder().setUnknownFields(newer).build());
    assertThat(owner.seen.take().method()).isEqualTo("NextToken");
  }

  @Test
  void metadataAndDeadlineGoAlongAndTheBearerTokenDoesNot() throws Exception {
    Metadata headers = new Metadata();
    headers.put(TRACE, "00-1-2-01");
    headers.put(GuardedServer.AUTHORIZATION, "Bearer none-of-your-business");
    var unused =
        entry
            .calls()
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
            .withDeadlineAfter(1, TimeUnit.MINUTES)
            .nextToken(next());
    TestMember.Seen seen = owner.seen.take();
    assertThat(seen.headers().get(TRACE)).isEqualTo("00-1-2-01");
    assertThat(seen.headers().get(GuardedServer.AUTHORIZATION)).isNull();
    assertThat(seen.hasDeadline()).isTrue();
  }

  @Test
  void aCallerThatGoesLeavesTheQueueOfTheOwner() throws Exception {
    owner.broker.store.put("busy", "one");
    owner.believes("busy", owner, 1);
    entry.believes("busy", owner, 1);
    Lease lease = lease(entry, "busy");
    assertThat(lease.getSecret()).isEqualTo("one");
    var waiting =
        TokenBrokerGrpc.newFutureStub(entry.channel())
            .withDeadlineAfter(1, TimeUnit.MINUTES)
            .nextToken(NextTokenRequest.newBuilder().setAccount("busy").setWait(true).build());
    Eventually.until("it waits", () -> owner.broker.table.census(0, Set.of(), true).waiters() == 1);
    waiting.cancel(true);
    Eventually.until(
        "it is gone", () -> owner.broker.table.census(0, Set.of(), true).waiters() == 0);
  }

  @Test
  void anOwnerKnowsWhoCalledAtTheEntry() throws Exception {
    TestMember far = member(new TestBroker(), true, Duration.ofSeconds(20));
    TestMember near = member(new TestBroker(far.broker), true, Duration.ofSeconds(20));
    far.broker.store.put(ACME, "s1");
    far.believes(ACME, far, 1);
    near.believes(ACME, far, 1);
    // the far one does not know the key
    String key = near.broker.keys.create("nightly", Optional.empty()).join().text();
    Lease lease =
        near.calls()
            .withCallCredentials(GuardedServer.bearer(key))
            .acquireLease(AcquireLeaseRequest.newBuilder().setAccount(ACME).setHolder("h").build())
            .getLease();
    assertThat(far.seen.take().caller().name()).isEqualTo("key:nightly");
    assertThat(new LeaseId(lease.getLeaseId()).isOf("key:nightly")).isTrue();
    assertThat(Failure.of(() -> near.calls().nextToken(next())).code())
        .isEqualTo(Code.UNAUTHENTICATED);
  }

  @Test
  void nobodyButAPeerSpeaksForOthers() throws Exception {
    TestMember far = member(new TestBroker(), true, Duration.ofSeconds(20));
    far.broker.store.put(ACME, "s1");
    for (String key : List.of("", "guessed", entry.key())) {
      Metadata forged = new Metadata();
      if (!key.isEmpty()) {
        forged.put(Hop.KEY, key);
      }
      forged.put(Hop.CALLER, "KEY;key%3Anightly;10.0.0.1");
      Failure failure =
          Failure.of(
              () ->
                  far.calls()
                      .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(forged))
                      .nextToken(next()));
      assertThat(failure.code()).isEqualTo(Code.UNAUTHENTICATED);
      assertThat(failure.metadata()).containsEntry("cause", "not_a_peer");
    }
    assertThat(far.seen).isEmpty();
    assertThat(far.server().forwards().orElseThrow().forged()).isEqualTo(3);
  }

  @Test
  void whoIsNoOwnerAnyMoreSaysWhoIs() throws Exception {
    TestMember third = member(new TestBroker(owner.broker), false, Duration.ofSeconds(20));
    third.believes(ACME, owner, 7);
    entry.believes(ACME, third, 6);
    assertThat(entry.calls().nextToken(next()).getTurn().getSecret()).isEqualTo("s1");
    assertThat(third.seen).isEmpty();
    assertThat(entry.hints).containsExactly(Partitions.of(ACME) + " 7 " + owner.address());
  }

  @Test
  void brokersThatPointToEachOtherMakeNoLoop() throws Exception {
    TestMember one = member(new TestBroker(), false, Duration.ofMillis(100));
    TestMember two = member(new TestBroker(), false, Duration.ofMillis(100));
    one.believes(ACME, two, 5);
    two.believes(ACME, one, 5);
    Failure failure = Failure.of(() -> one.calls().nextToken(next()));
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("NOT_OWNER");
    assertThat(failure.retrySeconds()).isPositive();
    assertThat(two.server().forwards().orElseThrow().forwarded()).isZero();
  }

  @Test
  void anAddressThatLeadsToItselfMakesNoLoop() throws Exception {
    TestMember one = member(new TestBroker(), false, Duration.ofMillis(100));
    one.believesIn(ACME, one.address());
    assertThat(Failure.of(() -> one.calls().nextToken(next())).reason()).isEqualTo("NOT_OWNER");
  }

  @Test
  void aBrokerOfAnotherDatabaseTakesNothing() throws Exception {
    TestMember stranger =
        new TestMember(
            new TestBroker(), new ConcurrentHashMap<>(Map.of("x", "y")), false, Duration.ZERO);
    open.add(0, stranger);
    TestMember one = member(new TestBroker(), false, Duration.ofMillis(100));
    keys.put(stranger.address(), "what its row said");
    one.believesIn(ACME, stranger.address());
    assertThat(Failure.of(() -> one.calls().nextToken(next())).reason()).isEqualTo("NOT_OWNER");
    assertThat(stranger.seen).isEmpty();
  }

  @Test
  void aCallHereThatFindsTheAccountGoneGoesOn() throws Exception {
    owner.broker.store.put("busy", "one");
    owner.believes("busy", owner, 1);
    entry.believes("busy", owner, 1);
    assertThat(entry.calls().nextToken(NextTokenRequest.newBuilder().setAccount("busy").build()))
        .isNotNull();
    // nobody owns it for a while
    entry.believes("busy", null, 2);
    var late =
        TokenBrokerGrpc.newFutureStub(entry.channel())
            .nextToken(NextTokenRequest.newBuilder().setAccount("busy").build());
    Eventually.until("it looks", () -> entry.server().forwards().orElseThrow().lookedAgain() > 1);
    entry.believes("busy", entry, 3);
    assertThat(late.get(20, TimeUnit.SECONDS).getTurn().getSecret()).isEqualTo("one");
  }

  // ---- leases and the control plane

  private static Lease lease(TestMember member, String account) {
    return member
        .calls()
        .acquireLease(AcquireLeaseRequest.newBuilder().setAccount(account).setHolder("h").build())
        .getLease();
  }

  @Test
  void aLeasesIdLeadsToItsOwner() throws Exception {
    owner.broker.store.put("single", "one");
    owner.believes("single", owner, 1);
    entry.believes("single", owner, 1);
    Lease lease = lease(entry, "single");
    assertThat(LeaseId.partition(lease.getLeaseId())).isEqualTo(Partitions.of("single"));
    var unused =
        entry
            .calls()
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build());
    // which knows at once that the token is free
    assertThat(
            owner
                .calls()
                .nextToken(NextTokenRequest.newBuilder().setAccount("single").build())
                .getTurn()
                .getSecret())
        .isEqualTo("one");
    assertThat(entry.seen).isEmpty();
  }

  @Test
  void operatorsHearOfTheOwnersState() {
    assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
    assertThat(
            TokenBrokerAdminGrpc.newBlockingStub(entry.channel())
                .getAccount(GetAccountRequest.newBuilder().setAccount(ACME).build())
                .hasAccount())
        .isTrue();
    assertThat(entry.broker.table.state(new AccountId(ACME), 0)).isEmpty();
  }

  @Test
  void eachPlaneHasItsAddressAndPeersHaveOne() throws Exception {
    List<Plane> planes = List.of(Plane.DATA, Plane.ADMIN);
    TestMember far =
        new TestMember(
            new TestBroker(), keys, false, Duration.ofSeconds(20), planes, Optional.empty());
    open.add(0, far);
    TestMember near =
        new TestMember(
            new TestBroker(far.broker),
            keys,
            false,
            Duration.ofSeconds(20),
            planes,
            Optional.empty());
    open.add(0, near);
    far.broker.store.put(ACME, "s1");
    far.believes(ACME, far, 1);
    near.believes(ACME, far, 1);
    GetAccountRequest request = GetAccountRequest.newBuilder().setAccount(ACME).build();
    ManagedChannel admin =
        NettyChannelBuilder.forAddress("127.0.0.1", near.server().ports().get(1))
            .usePlaintext()
            .build();
    open.add(0, admin::shutdownNow);
    assertThat(TokenBrokerAdminGrpc.newBlockingStub(admin).getAccount(request).hasAccount())
        .isTrue();
    assertThat(far.seen.take().method()).isEqualTo("GetAccount");
    // and nobody gets round that by asking a broker that does not own the account
    assertThat(
            Failure.of(
                    () -> TokenBrokerAdminGrpc.newBlockingStub(near.channel()).getAccount(request))
                .reason())
        .isEqualTo("WRONG_ADDRESS");
    assertThat(far.seen).isEmpty();
  }

  @Test
  void theOwnerWritesDownWhatItHandsOutAndForWhom(@TempDir Path directory) throws Exception {
    AuditLog farLog = audit(directory.resolve("far"));
    AuditLog nearLog = audit(directory.resolve("near"));
    TestMember far =
        new TestMember(
            new TestBroker(),
            keys,
            true,
            Duration.ofSeconds(20),
            List.of(Plane.ALL),
            Optional.of(farLog));
    open.add(0, far);
    TestMember near =
        new TestMember(
            new TestBroker(far.broker),
            keys,
            true,
            Duration.ofSeconds(20),
            List.of(Plane.ALL),
            Optional.of(nearLog));
    open.add(0, near);
    far.broker.store.put(ACME, "s1");
    far.believes(ACME, far, 1);
    near.believes(ACME, far, 1);
    String key = near.broker.keys.create("nightly", Optional.empty()).join().text();
    var calls = near.calls().withCallCredentials(GuardedServer.bearer(key));
    assertThat(calls.nextToken(next()).hasTurn()).isTrue();
    assertThat(
            calls
                .acquireLease(
                    AcquireLeaseRequest.newBuilder().setAccount(ACME).setHolder("h").build())
                .hasLease())
        .isTrue();
    farLog.close(Duration.ofMinutes(1));
    nearLog.close(Duration.ofMinutes(1));
    assertThat(Files.readString(directory.resolve("far").resolve("audit.jsonl")))
        .contains("\"type\":\"turns\"")
        .contains("\"event\":\"granted\"")
        .contains("\"caller\":\"key:nightly\",\"from\":\"127.0.0.1\"");
    assertThat(Files.readString(directory.resolve("near").resolve("audit.jsonl")))
        .doesNotContain("key:nightly");
  }

  private static AuditLog audit(Path directory) throws Exception {
    return AuditLog.start(
        new AuditConfig(
            Files.createDirectory(directory).resolve("audit.jsonl"),
            Optional.of(directory.resolve("key")),
            1 << 24,
            1 << 24,
            AuditConfig.Fsync.NEVER,
            AuditConfig.Turns.SUMMARY,
            AuditConfig.OnFailure.REFUSE_ADMIN),
        "",
        InstantSource.system(),
        System::nanoTime);
  }

  @Test
  void manyCallsShareFewConnections() throws Exception {
    ManagedChannel callers =
        NettyChannelBuilder.forTarget("dns:///" + entry.address()).usePlaintext().build();
    open.add(0, callers::shutdownNow);
    List<com.google.common.util.concurrent.ListenableFuture<NextTokenResponse>> all =
        new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      all.add(TokenBrokerGrpc.newFutureStub(callers).nextToken(next()));
    }
    for (var one : all) {
      assertThat(one.get(60, TimeUnit.SECONDS).hasTurn()).isTrue();
    }
    assertThat(owner.calls().nextToken(next()).getTurn().getNumber()).isEqualTo(1_001);
  }
}
