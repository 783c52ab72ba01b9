package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.Lease;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.ReleaseLeaseRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Calls with a stop watch: what is free has to be had, and who asks has to be answered. */
final class Probe {
  private static final long MOST_SECONDS = 10;
  private static final long DEADLINE_SECONDS = 60;
  private static final Duration TTL = Duration.newBuilder().setSeconds(90).build();

  private final List<String> violations = new CopyOnWriteArrayList<>();
  private long slowestAnswer;
  private long slowestRelease;
  private int accounts;

  /** A lease call of a broker whose connection has just died is answered, be it with an error. */
  void isAnswered(BrokerProcess broker) {
    long begin = System.nanoTime();
    String how = "OK";
    try {
      release(broker, acquire(broker, "tortured", Torture.ttl()));
    } catch (StatusRuntimeException e) {
      how = e.getStatus().getCode().name();
    }
    long millis = millisSince(begin);
    slowestAnswer = Math.max(slowestAnswer, millis);
    Torture.FAILURES.merge("after a death " + how, 1L, Long::sum);
    if (millis > TimeUnit.SECONDS.toMillis(MOST_SECONDS)) {
      violations.add("a lease call was answered with %s after %d ms".formatted(how, millis));
    }
  }

  /**
   * What one broker has released, although it had been leased for long, another one may soon lease,
   * although it had been told that it was taken.
   */
  void isPassedOn(BrokerProcess from, BrokerProcess to) {
    String account = "passed-on-" + ++accounts;
    try {
      var unused =
          TokenBrokerAdminGrpc.newBlockingStub(from.channel)
              .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
              .addTokens(
                  AddTokensRequest.newBuilder()
                      .setAccount(account)
                      .addTokens(NewToken.newBuilder().setSecret("made-up-" + account))
                      .build());
      // both know the account before there is a lease
      release(to, acquire(to, account, TTL));
      Lease lease = acquire(from, account, TTL);
      if (isFree(to, account)) {
        violations.add("token of " + account + " was leased twice");
        return;
      }
      release(from, lease);
    } catch (StatusRuntimeException e) {
      Torture.FAILURES.merge("probe " + e.getStatus().getCode(), 1L, Long::sum);
      return;
    }
    long begin = System.nanoTime();
    while (!isFree(to, account)) {
      if (millisSince(begin) > TimeUnit.SECONDS.toMillis(MOST_SECONDS)) {
        violations.add(
            "a token that was released is still taken elsewhere after %d ms"
                .formatted(millisSince(begin)));
        break;
      }
      Worker.pause(50);
    }
    slowestRelease = Math.max(slowestRelease, millisSince(begin));
  }

  private static boolean isFree(BrokerProcess broker, String account) {
    try {
      release(broker, acquire(broker, account, TTL));
      return true;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Code.RESOURCE_EXHAUSTED) {
        return false;
      }
      throw e;
    }
  }

  private static Lease acquire(BrokerProcess broker, String account, Duration ttl) {
    return stub(broker)
        .acquireLease(
            AcquireLeaseRequest.newBuilder()
                .setAccount(account)
                .setHolder("probe")
                .setTtl(ttl)
                .build())
        .getLease();
  }

  private static void release(BrokerProcess broker, Lease lease) {
    var unused =
        stub(broker)
            .releaseLease(
                ReleaseLeaseRequest.newBuilder()
                    .setLeaseId(lease.getLeaseId())
                    .setFencingNumber(lease.getFencingNumber())
                    .build());
  }

  private static TokenBrokerBlockingStub stub(BrokerProcess broker) {
    return TokenBrokerGrpc.newBlockingStub(broker.channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private static long millisSince(long begin) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
  }

  List<String> violations() {
    return List.copyOf(violations);
  }

  @Override
  public String toString() {
    return "slowest answer after a death %d ms, slowest release seen elsewhere %d ms"
        .formatted(slowestAnswer, slowestRelease);
  }
}
