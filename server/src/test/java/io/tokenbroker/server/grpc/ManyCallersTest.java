package io.tokenbroker.server.grpc;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.WatchedPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rates of more callers than anybody has. */
class ManyCallersTest {
  private static final int MANY = 10_001;
  private static final Caller FAST = caller("fast");

  private final AtomicLong nanos = new AtomicLong(1);
  @TempDir private Path directory;

  private static Caller caller(String name) {
    return new Caller(Caller.Kind.JWT, "jwt:" + name);
  }

  @Test
  void whatOneHasHadIsNotForgottenBecauseOthersMayHaveLess() throws Exception {
    Path policy =
        Files.writeString(
            directory.resolve("policy.yaml"),
            """
            rules:
              - {callers: ["jwt:*"], accounts: ["*"], may: [next]}
            bounds:
              - {callers: ["jwt:fast"], turns_per_second: 10}
              - {callers: ["*"], turns_per_second: 1}
            """);
    CallerBounds bounds =
        new CallerBounds(
            WatchedPolicy.load(policy, InstantSource.system()),
            () -> Long.MAX_VALUE,
            nanos::get,
            (task, delay) -> {});
    bounds.takeTurns(FAST, 10);
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(150));
    for (int i = 0; i < MANY; i++) {
      bounds.takeTurns(caller("slow-" + i), 1);
    }
    bounds.takeTurns(FAST, 1);
    assertThatThrownBy(() -> bounds.takeTurns(FAST, 1)).is(because(FailureReason.CLIENT_LIMIT));
  }

  @Test
  void whoHasPaidForAllIsForgotten() {
    TurnRates rates = new TurnRates(1);
    for (int i = 0; i < 1_000_000; i++) {
      long now = nanos.get();
      assertThat(rates.of("jwt:" + i, 1, now).take(1, 1, now)).isZero();
      nanos.addAndGet(TimeUnit.SECONDS.toNanos(2) / MANY);
    }
    assertThat(rates.size()).isLessThan(3 * MANY);
  }
}
