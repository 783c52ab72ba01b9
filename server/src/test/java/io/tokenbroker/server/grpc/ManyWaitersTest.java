package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.server.testing.TestCallLimits;
import io.tokenbroker.server.testing.TestServer;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokenResponse;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import io.tokenbroker.v1.WatchAccountRequest;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** 10,000 calls over sockets that wait for the tokens of one account. */
final class ManyWaitersTest {
  private static final int CHANNELS = 10;
  private static final int CALLS = 1_000;
  private static final int WAITERS = CHANNELS * CALLS;

  /** Of all tokens together, in a minute. */
  private static final int TURNS = 500;

  private static final NextTokenRequest NOW =
      NextTokenRequest.newBuilder().setAccount("acme").build();
  private static final NextTokenRequest WAIT = NOW.toBuilder().setWait(true).build();

  private final TestBroker broker = new TestBroker();
  private final GrpcServer server = TestServer.of(broker, TestCallLimits.WIDE);
  private final List<ManagedChannel> channels = new ArrayList<>();

  /** In the order in which their calls arrived. */
  private final List<ListenableFuture<NextTokenResponse>> waiters = new ArrayList<>();

  @BeforeEach
  void exhaustAllTokens() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3", "s4", "s5");
    var unused =
        broker
            .admin()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount("acme")
                    .setSettings(
                        AccountSettings.newBuilder()
                            .setTokenLimits(
                                TokenLimits.newBuilder()
                                    .addRates(
                                        RateLimit.newBuilder()
                                            .setCount(TURNS / 5)
                                            .setWindow(Duration.newBuilder().setSeconds(60)))))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
    server.start();
    for (int i = 0; i <= CHANNELS; i++) {
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", server.port())
              .usePlaintext()
              .directExecutor()
              .build());
    }
    for (int i = 0; i < TURNS; i++) {
      var turn =
          TokenBrokerGrpc.newBlockingStub(channels.get(i % channels.size()))
              .withDeadlineAfter(1, TimeUnit.HOURS)
              .nextToken(NOW)
              .getTurn();
      assertThat(turn.getNumber()).isEqualTo(i + 1);
    }
  }

  @AfterEach
  void close() throws Exception {
    channels.forEach(ManagedChannel::shutdownNow);
    assertThat(
            server.drain(
                java.time.Duration.ZERO, java.time.Duration.ofSeconds(20), () -> {}, () -> {}))
        .isTrue();
    broker.close();
  }

  /** One connection after the other: on each of them calls arrive as they were made. */
  private void park() {
    for (ManagedChannel channel : channels.subList(0, CHANNELS)) {
      for (int i = 0; i < CALLS; i++) {
        waiters.add(
            TokenBrokerGrpc.newFutureStub(channel)
                .withDeadlineAfter(1, TimeUnit.HOURS)
                .nextToken(WAIT));
      }
      Eventually.until("they wait", () -> waiterCount() == waiters.size());
    }
  }

  private int waiterCount() {
    try (Context.CancellableContext call = Context.current().withCancellation()) {
      return call.call(
          () ->
              other()
                  .watchAccount(WatchAccountRequest.newBuilder().setAccount("acme").build())
                  .next()
                  .getState()
                  .getWaiterCount());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** For all that does not wait. */
  private TokenBrokerBlockingStub other() {
    return TokenBrokerGrpc.newBlockingStub(channels.get(CHANNELS))
        .withDeadlineAfter(1, TimeUnit.HOURS);
  }

  private void pass(java.time.Duration time) {
    broker.pass(time);
    broker.alarms.ring();
  }

  private Code refusal() {
    return Failure.of(() -> other().nextToken(NOW)).code();
  }

  @Test
  void oneAlarmASecondWakesForAllOfThem() {
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    int before = broker.alarms.rung();
    park();
    assertThat(broker.alarms.size()).as("set for 10,000 calls").isEqualTo(1);
    for (int second = 1; second < 60; second++) {
      pass(java.time.Duration.ofSeconds(1));
      assertThat(broker.alarms.size()).isEqualTo(1);
    }
    assertThat(broker.alarms.rung() - before).isEqualTo(59);
    assertThat(waiters).noneMatch(Future::isDone);
    assertThat(waiterCount()).isEqualTo(WAITERS);
    assertThat(ManagementFactory.getThreadMXBean().getThreadCount()).isLessThan(threads + 10);
  }

  @Test
  void theyAreServedInTheirOrderAndThoseWhoLeftLeaveNothing() throws Exception {
    park();
    assertThat(Failure.of(() -> other().nextToken(WAIT)).reason()).isEqualTo("TOO_MANY_WAITERS");
    List<ListenableFuture<NextTokenResponse>> staying = new ArrayList<>();
    for (int i = 0; i < WAITERS; i++) {
      if (i % 2 == 0) {
        assertThat(waiters.get(i).cancel(true)).isTrue();
      } else {
        staying.add(waiters.get(i));
      }
    }
    Eventually.until("half of them left", () -> waiterCount() == WAITERS / 2);
    for (int served = TURNS; served <= WAITERS / 2; served += TURNS) {
      pass(java.time.Duration.ofMillis(60_050));
      assertThat(refusal()).as("before those who wait").isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(waiterCount()).isEqualTo(WAITERS / 2 - served);
    }
    List<Long> numbers = new ArrayList<>();
    for (ListenableFuture<NextTokenResponse> waiter : staying) {
      numbers.add(waiter.get(20, TimeUnit.SECONDS).getTurn().getNumber());
    }
    assertThat(numbers)
        .isEqualTo(LongStream.rangeClosed(TURNS + 1, TURNS + WAITERS / 2).boxed().toList());
    assertThat(waiterCount()).isZero();
    pass(java.time.Duration.ofMillis(60_050));
    assertThat(broker.alarms.size()).as("nothing is left to ring").isZero();
    assertThat(other().nextToken(NOW).getTurn().getNumber()).isEqualTo(TURNS + WAITERS / 2 + 1);
  }
}
