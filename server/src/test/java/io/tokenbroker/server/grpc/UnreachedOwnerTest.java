package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Link;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.RenewLeaseRequest;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Calls about accounts whose owners can't be reached, over real sockets. */
final class UnreachedOwnerTest extends ForwardingTestBase {
  @Test
  void anOwnerThatIsGoneIsStoodInForIfThatHarmsNobody() throws Exception {
    owner.crash();
    entry.serves = true;
    Metadata trailers = trailersOf(entry, calls -> calls.nextToken(next()));
    assertThat(trailers.get(Hop.SPLIT)).isEqualTo(owner.address());
    assertThat(trailers.get(Hop.OWNER)).isNull();
    assertThat(entry.server().forwards().orElseThrow().split()).isEqualTo(1);
  }

  @Test
  void andNotIfItHasHandedOverBeforeItHasGone() throws Exception {
    TestMember successor = member(new TestBroker(owner.broker), false, Duration.ofSeconds(20));
    owner.crash();
    entry.serves = true;
    CompletableFuture<?> look = new CompletableFuture<>();
    entry.look = look;
    var asked = TokenBrokerGrpc.newFutureStub(entry.channel()).nextToken(next());
    assertThat(entry.asked.await(20, TimeUnit.SECONDS)).isTrue();
    entry.believes(ACME, successor, 2);
    look.complete(null);
    assertThat(asked.get(20, TimeUnit.SECONDS).hasTurn()).isTrue();
    assertThat(successor.seen).hasSize(1);
    assertThat(entry.seen).isEmpty();
    assertThat(entry.server().forwards().orElseThrow().split()).isZero();
  }

  @Test
  void andNotIfItAnswersThatItHandsOver() throws Exception {
    TestMember asked = member(new TestBroker(owner.broker), false, Duration.ofMillis(300));
    asked.serves = true;
    asked.believes(ACME, owner, 1);
    owner.believes(ACME, null, 1);
    Failure failure = Failure.of(() -> asked.calls().nextToken(next()));
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("NOT_OWNER");
    assertThat(asked.server().forwards().orElseThrow().split()).isZero();
    assertThat(asked.seen).isEmpty();
  }

  @Test
  void andElseTheCallFailsAtOnce() throws Exception {
    owner.crash();
    Failure failure = Failure.of(() -> entry.calls().nextToken(next()));
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("NOT_OWNER");
    assertThat(failure.retrySeconds()).isPositive();
  }

  @Test
  void leasesStayWithTheDatabase() throws Exception {
    owner.crash();
    Lease lease = lease(entry, ACME);
    assertThat(
            entry
                .calls()
                .renewLease(
                    RenewLeaseRequest.newBuilder()
                        .setLeaseId(lease.getLeaseId())
                        .setFencingNumber(lease.getFencingNumber())
                        .build())
                .hasLease())
        .isTrue();
  }

  @Test
  void whatMayHaveBeenDoneIsNotDoneTwice() throws Exception {
    try (Link link = new Link(owner.server().port())) {
      String by = "127.0.0.1:" + link.port();
      keys.put(by, owner.key());
      entry.believesIn(ACME, by);
      assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
      // the owner gets it, and its answer is lost with the connection
      var died = link.dieAt(Pattern.compile("AcquireLease|holder-7"), true);
      var asked =
          TokenBrokerGrpc.newFutureStub(entry.channel())
              .acquireLease(
                  AcquireLeaseRequest.newBuilder().setAccount(ACME).setHolder("holder-7").build());
      assertThat(died.await(20, TimeUnit.SECONDS)).isTrue();
      Eventually.until("it has a lease", () -> owner.broker.leaseStore.live().size() == 1);
      link.cut();
      Throwable failure =
          catchThrowableOfType(
                  java.util.concurrent.ExecutionException.class,
                  () -> asked.get(20, TimeUnit.SECONDS))
              .getCause();
      assertThat(io.grpc.Status.fromThrowable(failure).getCode()).isEqualTo(Code.UNAVAILABLE);
      // which may be over already, as nobody was told of it
      assertThat(owner.broker.leaseStore.groups().stream().flatMap(List::stream))
          .filteredOn(op -> op instanceof LeaseOp.Grant)
          .hasSize(1);
    }
  }

  @Test
  void aTurnWhoseAnswerIsLostIsAskedForAgain() throws Exception {
    try (Link link = new Link(owner.server().port())) {
      String by = "127.0.0.1:" + link.port();
      keys.put(by, owner.key());
      entry.believesIn(ACME, by);
      assertThat(entry.calls().nextToken(next()).hasTurn()).isTrue();
      var died = link.dieAt(Pattern.compile("here-it-comes"), true);
      var asked =
          TokenBrokerGrpc.newFutureStub(entry.channel())
              .nextToken(next().toBuilder().setScope("here-it-comes").build());
      assertThat(died.await(20, TimeUnit.SECONDS)).isTrue();
      link.cut();
      assertThat(asked.get(20, TimeUnit.SECONDS).hasTurn()).isTrue();
    }
  }

  @Test
  void aCallLeavesAnOwnerThatHangsOnceThereIsAnother() throws Exception {
    try (Link link = new Link(owner.server().port())) {
      String by = "127.0.0.1:" + link.port();
      keys.put(by, owner.key());
      entry.believesIn(ACME, by);
      assertThat(entry.calls().nextToken(next()).getTurn().getNumber()).isEqualTo(1);
      link.silence(true);
      var asked = TokenBrokerGrpc.newFutureStub(entry.channel()).nextToken(next());
      Eventually.until(
          "it is on its way", () -> entry.server().forwards().orElseThrow().forwarded() == 2);
      var unused = owner.broker.positions.save().join();
      entry.believes(ACME, entry, 2);
      assertThat(asked.get(20, TimeUnit.SECONDS).getTurn().getSecret()).isEqualTo("s2");
    }
  }

  private static Lease lease(TestMember member, String account) {
    return member
        .calls()
        .acquireLease(AcquireLeaseRequest.newBuilder().setAccount(account).setHolder("h").build())
        .getLease();
  }
}
