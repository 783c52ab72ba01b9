package io.tokenbroker.server.grpc;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.security.Access;
import io.tokenbroker.server.security.Bounds;
import io.tokenbroker.server.security.Caller;
import io.tokenbroker.server.security.Permission;
import io.tokenbroker.server.security.PolicyStatus;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The rates of more callers than anybody has. */
class ManyCallersTest {
  private static final int MANY = 10_001;
  private static final Caller FAST = caller("fast");

  private final AtomicLong nanos = new AtomicLong(1);
  private final CallerBounds bounds =
      new CallerBounds(new FastOrSlow(), () -> Long.MAX_VALUE, nanos::get, (task, delay) -> {});

  private static Caller caller(String name) {
    return new Caller(Caller.Kind.JWT, "jwt:" + name);
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void whatOneHasHadIsNotForgottenBecauseOthersMayHaveLess() {
    bounds.takeTurns(FAST, 10);
    pass(150);
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

  /** Ten turns a second for one, one for everybody else. */
  private static final class FastOrSlow implements Access {
    @Override
    public boolean allows(Caller caller, Permission permission, String account) {
      return true;
    }

    @Override
    public boolean allowsEverywhere(Caller caller, Permission permission) {
      return true;
    }

    @Override
    public boolean allowsAnywhere(Caller caller, Permission permission) {
      return true;
    }

    @Override
    public PolicyStatus status() {
      return Access.ALL.status();
    }

    @Override
    public Bounds bounds(String caller) {
      return new Bounds(caller.equals(FAST.name()) ? 10 : 1, 0, 0, 0, 0);
    }

    @Override
    public Explanation explain(Caller caller, Permission permission, Optional<String> account) {
      return new Explanation(true, "");
    }
  }
}
