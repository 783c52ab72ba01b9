package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In process and without threads: what the broker does has happened when a call returns. */
class LeaseStreamTest {
  private static final LeaseStreamOptions TWO = LeaseStreamOptions.of("batch-7").withWindow(2);
  private final StatusRuntimeException loss = Status.UNAVAILABLE.asRuntimeException();

  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final ManualTime time = new ManualTime();
  private final List<StreamedLease> lost = new ArrayList<>();

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void givesTheNextLeaseWhenOneIsReleased() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease first = take(stream);
      StreamedLease second = take(stream);
      assertThat(first.secret()).isEqualTo("made-up-1");
      assertThat(first.toString()).doesNotContain("made-up");
      assertThatThrownBy(() -> take(stream)).isInstanceOf(TimeoutException.class);
      first.release(Reports.of(Outcome.OUTCOME_RATE_LIMITED));
      first.close(); // once is enough
      assertThat(take(stream).fencingNumber()).isEqualTo(3);
      assertThat(second.isHeld()).isTrue();
    }
    assertThat(broker.leases.releases.get(0).getReport().getOutcome())
        .isEqualTo(Outcome.OUTCOME_RATE_LIMITED);
    assertThat(broker.leases.releases)
        .extracting(ReleaseLeaseRequest::getLeaseId)
        .containsExactly("lease-1", "lease-2", "lease-3");
    assertThat(broker.leases.mostStreamed).hasValue(2);
    assertThat(lost).isEmpty();
  }

  @Test
  void asksForWhatItsOptionsSay() {
    open(TWO.withScope("gpt-9").withTtl(Duration.ofSeconds(60))).close();
    assertThat(broker.leases.streamed)
        .singleElement()
        .matches(asked -> asked.getWindow() == 2 && asked.getHolder().equals("batch-7"))
        .matches(asked -> asked.getScope().equals("gpt-9") && asked.getTtl().getSeconds() == 60);
  }

  @Test
  void closingGivesAllBackAndEndsTheStream() throws Exception {
    LeaseStream stream = open(TWO);
    StreamedLease taken = take(stream);
    stream.close();
    assertThat(taken.isHeld()).isFalse();
    assertThat(broker.leases.releases).hasSize(2);
    assertThatThrownBy(() -> take(stream)).isInstanceOf(CancellationException.class);
    time.pass(Duration.ofMinutes(10));
    assertThat(lost).isEmpty();
  }

  @Test
  void tellsOfLeasesThatAreRevokedOrLost() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease first = take(stream);
      StreamedLease second = take(stream);
      broker.leases.revoke(first.id());
      assertThat(lost).containsExactly(first);
      assertThat(first.isHeld()).isFalse();
      broker.leases.lose(second.id());
      assertThat(lost).containsExactly(first, second);
      assertThat(take(stream).id()).isEqualTo("lease-3"); // the places were filled again
      first.release(Reports.ok());
      assertThat(broker.leases.releases).isEmpty();
    }
  }

  @Test
  void neverGivesALeaseThatWasLostBeforeItWasTaken() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      broker.leases.revoke("lease-1");
      assertThat(take(stream).id()).isEqualTo("lease-2");
      assertThat(lost).isEmpty();
      broker.leases.now = broker.leases.now.plusSeconds(60);
      time.passUnnoticed(Duration.ofMinutes(1));
      assertThatThrownBy(() -> take(stream)).isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void holdsForAsLongAsTheBrokerRenews() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease lease = take(stream);
      for (int i = 0; i < 100; i++) {
        pass(Duration.ofSeconds(10));
        broker.leases.renewAll("batch-7");
      }
      assertThat(lease.isHeld()).isTrue();
      pass(Duration.ofSeconds(29).minusNanos(1));
      assertThat(lost).isEmpty();
      pass(Duration.ofNanos(1));
      assertThat(lost).containsExactly(lease);
      assertThat(lease.isHeld()).isFalse();
    }
  }

  @Test
  void oldNewsProlongNothing() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease lease = take(stream);
      // the broker renews after 10 s, but that is heard of after 25 s
      broker.leases.now = broker.leases.now.plusSeconds(10);
      time.passUnnoticed(Duration.ofSeconds(25));
      broker.leases.renewAll("batch-7");
      time.passUnnoticed(Duration.ofMillis(13_999));
      assertThat(lease.isHeld()).isTrue();
      time.passUnnoticed(Duration.ofMillis(1));
      assertThat(lease.isHeld()).isFalse();
      broker.leases.renewAll("batch-7");
      assertThat(lost).containsExactly(lease);
      assertThat(lease.isHeld()).isFalse();
    }
  }

  @Test
  void givesBackWhatEndedWhileTheProcessStoodStill() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease taken = take(stream);
      // the broker renews both all the time, which is read of when they are over here
      broker.leases.now = broker.leases.now.plusSeconds(10);
      time.passUnnoticed(Duration.ofSeconds(40));
      broker.leases.renewAll("batch-7");
      assertThat(lost).containsExactly(taken);
      assertThat(broker.leases.releases)
          .extracting(ReleaseLeaseRequest::getLeaseId)
          .containsExactly("lease-1", "lease-2");
      assertThat(take(stream).id()).isEqualTo("lease-3");
      assertThat(take(stream).id()).isEqualTo("lease-4");
    }
  }

  @Test
  void keepsItsLeasesWhenTheBrokerIsLostForAMoment() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease first = take(stream);
      StreamedLease second = take(stream);
      broker.leases.breakStream("batch-7", loss);
      assertThatThrownBy(() -> take(stream)).hasCause(loss);
      pass(Duration.ofMillis(100));
      assertThat(broker.leases.streamed).hasSize(2);
      assertThat(first.isHeld()).isTrue();
      assertThat(second.isHeld()).isTrue();
      pass(Duration.ofSeconds(25)); // counted from the new stream
      assertThat(lost).isEmpty();
      assertThatThrownBy(() -> take(stream)).isInstanceOf(TimeoutException.class).hasNoCause();
    }
  }

  @Test
  void tellsWhatWasLostWhileTheBrokerWas() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease first = take(stream);
      StreamedLease second = take(stream);
      broker.leases.breakStream("batch-7", loss);
      broker.leases.loseSilently(first.id());
      assertThat(lost).isEmpty();
      pass(Duration.ofMillis(100));
      assertThat(lost).containsExactly(first);
      assertThat(second.isHeld()).isTrue();
      assertThat(take(stream).id()).isEqualTo("lease-3");
    }
  }

  @Test
  void tellsAtTheLatestWhenTheLeasesCanHaveEnded() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease lease = take(stream);
      for (int i = 0; i < 100; i++) {
        broker.leases.streamFailures.add(loss);
      }
      broker.leases.breakStream("batch-7", loss);
      pass(Duration.ofSeconds(29));
      assertThat(lost).containsExactly(lease);
      assertThat(broker.leases.streamed).hasSizeLessThan(20);
    }
  }

  @Test
  void givesBackWhatWasReleasedWhileTheBrokerWasAway() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      StreamedLease first = take(stream);
      broker.leases.breakStream("batch-7", loss);
      broker.leases.releaseFailures.add(loss);
      broker.leases.releaseFailures.add(loss);
      first.release(Reports.ok());
      pass(Duration.ofSeconds(5));
      assertThat(broker.leases.standing())
          .extracting(lease -> lease.getLeaseId())
          .containsExactly("lease-2", "lease-3");
      assertThat(take(stream).id()).isEqualTo("lease-2");
      assertThat(take(stream).id()).isEqualTo("lease-3");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void aReportWithTimesThatTheBrokerRefusesIsSentWithoutThem() throws Exception {
    try (LeaseStream stream = open(TWO)) {
      broker.leases.releaseFailures.add(Errors.invalid("report.retry_after", "past"));
      take(stream).release(Reports.of(Outcome.OUTCOME_RATE_LIMITED, Duration.ofSeconds(6)));
      assertThat(broker.leases.releases).hasSize(2);
      assertThat(broker.leases.releases.get(1).getReport())
          .isEqualTo(Reports.of(Outcome.OUTCOME_RATE_LIMITED));
    }
  }

  @Test
  void afterARestartTheSameHolderHasItsLeasesAgain() throws Exception {
    LeaseStream before = open(TWO);
    take(before);
    // as a process that was killed
    broker.leases.breakStream("batch-7", Status.CANCELLED.asRuntimeException());
    try (LeaseStream after = open(TWO)) {
      assertThat(take(after).id()).isEqualTo("lease-1");
      assertThat(take(after).id()).isEqualTo("lease-2");
    }
  }

  @Test
  void anotherStreamWithTheSameHolderEndsThisOne() throws Exception {
    LeaseStream before = open(TWO);
    StreamedLease lease = take(before);
    try (LeaseStream after = open(TWO)) {
      assertThat(lost).containsExactly(lease);
      assertThatThrownBy(() -> take(before))
          .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("LEASE_LOST"));
      assertThat(take(after).id()).isEqualTo("lease-1");
      time.pass(Duration.ofMinutes(1));
      assertThat(broker.leases.streamed).hasSize(2);
    }
  }

  @Test
  void aBrokerThatSaysWhenToTryAgainIsTriedAgainThen() throws Exception {
    broker.leases.streamFailures.add(Errors.tooManyWaiters(Duration.ofSeconds(3)));
    try (LeaseStream stream = open(TWO)) {
      assertThatThrownBy(() -> take(stream))
          .isInstanceOf(TimeoutException.class)
          .satisfies(
              e -> assertThat(BrokerErrors.reason(e.getCause())).contains("TOO_MANY_WAITERS"));
      time.pass(Duration.ofMillis(2_999));
      assertThat(broker.leases.streamed).hasSize(1);
      time.pass(Duration.ofSeconds(1));
      assertThat(take(stream).id()).isEqualTo("lease-1");
    }
  }

  @Test
  void aBrokerThatIsFullAndDoesNotSayForHowLongEndsIt() {
    broker.leases.streamFailures.add(Errors.tooManyScopes());
    LeaseStream stream = open(TWO);
    assertThatThrownBy(() -> take(stream))
        .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("TOO_MANY_SCOPES"));
    time.pass(Duration.ofMinutes(1));
    assertThat(broker.leases.streamed).hasSize(1);
  }

  @Test
  void anErrorThatWillStayEndsIt() {
    broker.leases.streamFailures.add(Errors.noCredentials("a"));
    LeaseStream stream = open(TWO);
    assertThatThrownBy(() -> take(stream)).hasMessageContaining("No credentials");
    time.pass(Duration.ofMinutes(1));
    assertThat(broker.leases.streamed).hasSize(1);
  }

  @Test
  void theClientClosesItsStreams() throws Exception {
    LeaseStream stream = client.streamLeases("a", TWO, lost::add);
    take(stream);
    client.close();
    assertThat(broker.leases.standing()).isEmpty();
    assertThatThrownBy(() -> take(stream)).isInstanceOf(CancellationException.class);
  }

  private LeaseStream open(LeaseStreamOptions options) {
    return client.streamLeases("a", options, lost::add, time, Runnable::run, time, () -> 1.0);
  }

  private void pass(Duration duration) {
    broker.leases.now = broker.leases.now.plus(duration);
    time.pass(duration);
  }

  private static StreamedLease take(LeaseStream stream) throws Exception {
    return stream.take(Duration.ZERO);
  }
}
