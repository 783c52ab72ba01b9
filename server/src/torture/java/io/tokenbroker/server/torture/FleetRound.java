package io.tokenbroker.server.torture;

import com.google.protobuf.Duration;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Accounts of one round, new to all brokers: of one a limit is used up while something happens, of
 * the other a token was reported before it did.
 */
final class FleetRound implements Runnable {
  static final int LIMIT = 40;

  private static final int DEADLINE_SECONDS = 60;

  private final List<BrokerProcess> brokers;
  private final String limited;
  private final String cooled;
  private final Random random;
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private volatile boolean over;
  private String reported = "";
  private int used;

  /**
   * @param brokers all there, and well
   */
  FleetRound(int number, List<BrokerProcess> brokers, long seed) {
    this.brokers = brokers;
    this.limited = "limited-" + number;
    this.cooled = "cooled-" + number;
    this.random = new Random(seed);
  }

  /** Makes the accounts, and has one token reported. */
  void prepare() {
    add(limited, 1);
    add(cooled, 2);
    Preparation.make(
        () -> UpstreamCaller.limit(any(), limited, UpstreamPlan.rate(LIMIT, 3_600_000).build()));
    Preparation.make(() -> reported = TurnWorker.take(any(), cooled).turn().getTokenId());
    var unusedAnswer =
        TokenBrokerGrpc.newBlockingStub(any().channel)
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount(cooled)
                    .setTokenId(reported)
                    .setReport(
                        Report.newBuilder()
                            .setOutcome(Outcome.OUTCOME_RATE_LIMITED)
                            .setRetryAfter(Duration.newBuilder().setSeconds(3_600)))
                    .build());
  }

  private BrokerProcess any() {
    return brokers.get(random.nextInt(brokers.size()));
  }

  private TokenBrokerAdminGrpc.TokenBrokerAdminBlockingStub admin() {
    return TokenBrokerAdminGrpc.newBlockingStub(any().channel)
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private void add(String account, int count) {
    AddTokensRequest.Builder request = AddTokensRequest.newBuilder().setAccount(account);
    for (int i = 0; i < count; i++) {
      request.addTokens(NewToken.newBuilder().setSecret("made-up-" + account + "-" + i));
    }
    Preparation.make(
        () -> {
          var unused = admin().addTokens(request.build());
        });
  }

  @Override
  public void run() {
    while (!over) {
      useLimit();
      useCooled();
      Worker.pause(5);
    }
  }

  private void useLimit() {
    try {
      TurnWorker.Taken unused = TurnWorker.take(any(), limited);
      used++;
      if (used > LIMIT) {
        violations.add("limit exceeded: " + used + " turns of " + limited);
      }
    } catch (StatusRuntimeException e) {
      count("limited", e);
    }
  }

  private void useCooled() {
    try {
      TurnWorker.Taken taken = TurnWorker.take(any(), cooled);
      if (!taken.split() && taken.turn().getTokenId().equals(reported)) {
        violations.add("cooldown disobeyed: " + cooled + " turn " + taken.turn().getNumber());
      }
    } catch (StatusRuntimeException e) {
      count("cooled", e);
    }
  }

  private static void count(String what, StatusRuntimeException e) {
    if (e.getStatus().getCode() != Code.RESOURCE_EXHAUSTED) {
      Torture.FAILURES.merge(what + " " + e.getStatus().getCode(), 1L, Long::sum);
    }
  }

  void end() {
    over = true;
  }

  /** Of the limit; to be asked when it has ended. */
  int used() {
    return used;
  }

  List<String> violations() {
    return violations;
  }
}
