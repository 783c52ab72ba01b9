package io.tokenbroker.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.testing.LogLines;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutageLogTest {
  private final AtomicLong nanos = new AtomicLong();
  private final StoreExecutor executor =
      new StoreExecutor(1, 10, 1L << 30, nanos::get, Duration.ofMillis(250));
  private final LogLines log = new LogLines(OutageLog.class);

  @AfterEach
  void close() {
    executor.close();
    log.close();
  }

  @Test
  void saysWhatIsWrongOnceAndWhenItIsOver() {
    for (int i = 0; i < 3; i++) {
      fail(unavailable("refused"));
      // nobody has tried
      fail(unavailable("never heard of"));
      pass(Duration.ofSeconds(1));
    }
    fail(unavailable("Access denied"));
    pass(Duration.ofSeconds(1));
    // told already, of this outage
    fail(unavailable("refused"));
    pass(Duration.ofSeconds(1));
    succeed();
    succeed();
    fail(unavailable("refused"));
    assertThat(log.lines())
        .containsExactly(
            "WARN database not available cause=refused",
            "WARN database not available cause=Access denied",
            "INFO database available again after_ms=5000",
            "WARN database not available cause=refused");
  }

  @Test
  void callersThatAreKeptAwayAreToldWhyInTheLogsOfOthers() {
    fail(unavailable("refused"));
    BrokerException kept =
        executor.submit(() -> "unused").handle((done, failure) -> (BrokerException) failure).join();
    assertThat(Failures.text(kept)).isEqualTo("refused");
    assertThat(kept).hasMessage("The database is not available. Try again.");
  }

  @Test
  void saysOnceAMinuteWhatTheDatabaseRefuses() {
    for (int second = 0; second < 90; second++) {
      fail(BrokerException.storeRefused("Not now.", Duration.ZERO, new SQLException("1142")));
      succeed();
      pass(Duration.ofSeconds(1));
    }
    fail(BrokerException.storeRefused("Not now.", Duration.ZERO, new SQLException("1143")));
    assertThat(log.lines())
        .containsExactly(
            "WARN refused by the database cause=1142",
            "WARN refused by the database cause=1142",
            "WARN refused by the database cause=1143");
  }

  private static BrokerException unavailable(String why) {
    return BrokerException.storeUnavailable("Try again.", Duration.ZERO, new SQLException(why));
  }

  private void fail(BrokerException failure) {
    executor
        .run(
            () -> {
              throw failure;
            })
        .exceptionally(any -> null)
        .join();
  }

  private void succeed() {
    assertThat(executor.submit(() -> "done").join()).isEqualTo("done");
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
