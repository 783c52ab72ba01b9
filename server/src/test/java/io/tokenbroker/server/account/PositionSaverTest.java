package io.tokenbroker.server.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.testing.TestBroker;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Positions are written behind: those that moved, in their order, also after an outage. */
final class PositionSaverTest {
  private static final AccountId ACME = new AccountId("acme");

  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void savesPositionsThatMovedAndNoOthers() {
    broker.store.put("acme", "s1", "s2");
    broker.store.put("other", "s3");
    broker.table.load(new AccountId("other")).join();
    next();
    next();
    assertThat(broker.positions.save().join()).isTrue();
    assertThat(broker.store.positions()).containsOnlyKeys(ACME);
    assertThat(broker.store.positions())
        .extractingByKey(ACME)
        .extracting(Position::turn)
        .isEqualTo(2L);
    int calls = broker.store.calls();
    assertThat(broker.positions.save().join()).isTrue();
    assertThat(broker.store.calls()).isEqualTo(calls);
  }

  @Test
  void savesPositionsAfterAnOutage() {
    broker.store.put("acme", "s1");
    next();
    broker.store.setDown(true);
    assertThat(broker.positions.save().join()).isFalse();
    next();
    broker.store.setDown(false);
    broker.millis.addAndGet(250);
    assertThat(broker.positions.save().join()).isTrue();
    assertThat(broker.store.positions())
        .extractingByKey(ACME)
        .extracting(Position::turn)
        .isEqualTo(2L);
  }

  /** A stop that has no time for all of them loses no more than it must. */
  @Test
  void whatWasSavedOfManyPositionsStaysSaved() {
    for (int i = 0; i < 2_500; i++) {
      broker.store.put("account-" + i, "s" + i);
      var unused = broker.table.next(new AccountId("account-" + i)).join();
    }
    broker.store.breakAfter(2);
    assertThat(broker.positions.save().join()).isFalse();
    assertThat(broker.store.positions()).hasSize(2_000);
    broker.store.setDown(false);
    broker.millis.addAndGet(250);
    assertThat(broker.positions.save().join()).isTrue();
    assertThat(broker.store.positions()).hasSize(2_500);
  }

  @Test
  void savesNeverOvertakeEachOther() {
    broker.store.put("acme", "s1");
    next();
    CompletableFuture<Boolean> first;
    CompletableFuture<Boolean> second;
    synchronized (broker.store) {
      // the first one is held up in the store, the second one has newer positions
      first = broker.positions.save();
      next();
      second = broker.positions.save();
    }
    assertThat(first.join()).isTrue();
    assertThat(second.join()).isTrue();
    assertThat(broker.store.positions())
        .extractingByKey(ACME)
        .extracting(Position::turn)
        .isEqualTo(2L);
  }

  private void next() {
    var unused = broker.table.next(ACME).join();
  }
}
