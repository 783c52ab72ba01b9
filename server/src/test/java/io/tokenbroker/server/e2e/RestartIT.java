package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.v1.Turn;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store across restarts of the process. */
class RestartIT {
  /** Said once a second while there are turns. */
  private static final String SAVED = "\"positions saved\"";

  @TempDir Path directory;

  @Test
  void goesOnWithTheFollowingTokenAfterSigterm() throws InterruptedException {
    List<String> ids;
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      ids = caller.add("a", 3, 1);
      for (int i = 0; i < 5; i++) {
        assertThat(caller.next("a").getTokenId()).isEqualTo(ids.get(i % 3));
      }
      assertThat(broker.stop()).isZero();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      Turn turn = caller.next("a");
      assertThat(turn.getNumber()).isEqualTo(6);
      assertThat(turn.getTokenId()).isEqualTo(ids.get(2));
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void repeatsNoTurnFromBeforeTheLastSaveAfterSigkill() throws InterruptedException {
    long before;
    long last;
    try (Broker broker = Broker.start(directory, Map.of("LOG_LEVEL", "debug"));
        Caller caller = broker.caller()) {
      List<String> unused = caller.add("a", 3, 1);
      long turn = 0;
      do {
        assertThat(caller.next("a").getNumber()).isEqualTo(++turn);
      } while (broker.log().countWith(SAVED) == 0);
      before = turn;
      // one save may have begun before that turn, the second had it
      long saves = broker.log().countWith(SAVED);
      do {
        assertThat(caller.next("a").getNumber()).isEqualTo(++turn);
      } while (broker.log().countWith(SAVED) < saves + 2);
      last = turn;
      broker.kill();
    }
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      long next = caller.next("a").getNumber();
      System.out.printf("kill -9 after turn %d: went on with turn %d%n", last, next);
      assertThat(next).isBetween(before + 1, last + 1);
      assertThat(caller.account("a").getTokenCount()).isEqualTo(3);
      assertThat(broker.stop()).isZero();
    }
  }
}
