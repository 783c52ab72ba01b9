package io.tokenbroker.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.testing.LogLines;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class FailureLogTest {
  @Test
  void isToldWhenItBeginsChangesAndEnds() {
    FailureLog trouble =
        new FailureLog(LoggerFactory.getLogger(FailureLogTest.class), "not saved", "saved again");
    try (LogLines log = new LogLines(FailureLogTest.class)) {
      trouble.succeeded();
      for (int i = 0; i < 3; i++) {
        trouble.failed(
            new CompletionException(
                BrokerException.storeUnavailable(
                    "Try again.", Duration.ZERO, new SQLException("refused"))));
      }
      trouble.failed(new IllegalStateException("a fault"));
      trouble.succeeded();
      trouble.succeeded();
      assertThat(log.lines())
          .containsExactly(
              "WARN not saved cause=refused",
              "WARN not saved cause=java.lang.IllegalStateException: a fault",
              "INFO saved again");
    }
  }
}
