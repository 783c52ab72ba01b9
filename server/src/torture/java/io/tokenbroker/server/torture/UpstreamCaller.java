package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What brokers are for: takes a turn through any of them, makes a call with its token, and reports
 * what the upstream said through any of them.
 */
final class UpstreamCaller implements Runnable {
  /** A turn that is older is not used: the broker takes it for forgotten after {@link #TIMEOUT}. */
  private static final long USABLE_NANOS = TimeUnit.SECONDS.toNanos(15);

  /** For {@code rotation.turn_timeout}. */
  static final String TIMEOUT = "30s";

  private static final int DEADLINE_SECONDS = 10;
  private static final int TRIES = 20;

  private final List<BrokerProcess> brokers;
  private final List<String> accounts;
  private final UpstreamProcess upstream;
  private final boolean broken;
  private final BooleanSupplier over;
  private final Random random;

  /** What the upstream's clock said last, and when that was on this one's. */
  private long told;

  private long toldAt = System.nanoTime();

  /**
   * @param broken reports no cooldown, and tells the upstream that it has
   */
  UpstreamCaller(
      List<BrokerProcess> brokers,
      List<String> accounts,
      UpstreamProcess upstream,
      boolean broken,
      BooleanSupplier over,
      long seed) {
    this.brokers = brokers;
    this.accounts = accounts;
    this.upstream = upstream;
    this.broken = broken;
    this.over = over;
    this.random = new Random(seed);
  }

  /** Tells the brokers what the upstream allows of each token. */
  static void limit(BrokerProcess broker, String account, TokenLimits limits) {
    var unused =
        TokenBrokerAdminGrpc.newBlockingStub(broker.channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(account)
                    .setSettings(AccountSettings.newBuilder().setTokenLimits(limits))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }

  @Override
  public void run() {
    try {
      while (!over.getAsBoolean()) {
        work(accounts.get(random.nextInt(accounts.size())));
        Worker.pause(random.nextInt(20));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(String account) throws InterruptedException {
    long began = System.nanoTime();
    // both clocks go equally fast: it was later, by what the answer took
    long asked = told + began - toldAt;
    Turn turn;
    try {
      TurnWorker.Taken taken = TurnWorker.take(any(), account);
      turn = taken.turn();
      if (taken.split()) {
        // also of an owner that hears late that it still is one: what it saves counts, as the
        // upstream sees
        Torture.FAILURES.merge("upstream's turn in a split", 1L, Long::sum);
      }
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Code.RESOURCE_EXHAUSTED) {
        Torture.FAILURES.merge("upstream's " + e.getStatus().getCode(), 1L, Long::sum);
      }
      return;
    }
    if (System.nanoTime() - began < USABLE_NANOS) {
      UpstreamProcess.Answer answer = upstream.call(turn.getSecret(), asked);
      told(answer.now());
      if (report(account, turn, answer) && answer.cooldown() != 0) {
        told(upstream.reported(answer.cooldown()));
      }
    }
  }

  private void told(long now) {
    told = now;
    toldAt = System.nanoTime();
  }

  private BrokerProcess any() {
    return brokers.get(random.nextInt(brokers.size()));
  }

  /** Tells whether a broker has answered. */
  private boolean report(String account, Turn turn, UpstreamProcess.Answer answer) {
    Report.Builder report = Report.newBuilder().setOutcome(Outcome.OUTCOME_OK);
    if (answer.cooldown() != 0 && !broken) {
      report
          .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
          .setRetryAfter(Duration.newBuilder().setSeconds(answer.retryAfterSeconds()));
    }
    ReportOutcomeRequest request =
        ReportOutcomeRequest.newBuilder()
            .setAccount(account)
            .setTokenId(turn.getTokenId())
            .setTurn(turn.getNumber())
            .setReport(report)
            .build();
    for (int i = 0; i < TRIES && !over.getAsBoolean(); i++) {
      try {
        var unused =
            TokenBrokerGrpc.newBlockingStub(any().channel)
                .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .reportOutcome(request);
        return true;
      } catch (StatusRuntimeException e) {
        Torture.FAILURES.merge("report " + e.getStatus().getCode(), 1L, Long::sum);
        Worker.pause(100);
      }
    }
    return false;
  }
}
