package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.testing.LateProxy;
import io.tokenbroker.server.testing.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that takes its time to let one in. */
class SlowGreetingTest {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  /** Longer than a broker that runs would wait. */
  private static final Duration SLOW = Duration.ofMillis(2_500);

  /** As long as a start would wait, about. */
  private static final Duration VERY_SLOW = Duration.ofSeconds(20);

  private DatabaseSettings settings;
  private LateProxy proxy;

  @BeforeEach
  void setUp() throws IOException {
    settings = SERVER.fresh(2);
    int port = URI.create(settings.url().replaceFirst("^jdbc:", "")).getPort();
    proxy = new LateProxy(port);
  }

  @AfterEach
  void close() {
    proxy.close();
  }

  @Test
  void isWaitedForByAStart() {
    proxy.delayNext(SLOW);

    try (Database database = Database.open(throughProxy(""))) {
      assertThat(fetch(database, "select 1")).isEqualTo("1");
    }
  }

  @Test
  void isNotWaitedForLater() {
    try (Database database = Database.open(throughProxy(""))) {
      proxy.delayNext(VERY_SLOW);
      proxy.cut();

      assertThatThrownBy(() -> fetch(database, "select 1"))
          .is(because(FailureReason.STORE_UNAVAILABLE));
    }
  }

  @Test
  void isWaitedForAsLongAsTheUrlSays() {
    try (Database database = Database.open(throughProxy("&connectTimeout=30000"))) {
      proxy.delayNext(SLOW);
      proxy.cut();

      assertThat(fetch(database, "select 1")).isEqualTo("1");
    }
  }

  @Test
  void isWaitedForNoLongerThanTheUrlSays() {
    proxy.delayNext(VERY_SLOW);

    assertThatThrownBy(() -> Database.open(throughProxy("&connectTimeout=500")).close())
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("can't be reached (Read timed out)");
  }

  @Test
  void mayTakeItsTimeToAnswerOnceItHasLetOneIn() {
    try (Database database = Database.open(throughProxy(""))) {
      // the next connection is one of later
      proxy.cut();

      assertThat(fetch(database, "select sleep(1.5)")).isEqualTo("0");
    }
  }

  @Test
  void mayTakeNoLongerToAnswerThanTheUrlSays() {
    try (Database database = Database.open(throughProxy("&socketTimeout=500"))) {
      assertThatThrownBy(() -> fetch(database, "select sleep(20)"))
          .is(because(FailureReason.STORE_UNAVAILABLE));
    }
  }

  private static String fetch(Database database, String sql) {
    return database.sql().read(context -> String.valueOf(context.fetchValue(sql)));
  }

  private DatabaseSettings throughProxy(String parameters) {
    String url = settings.url().replaceFirst(":\\d+/", ":" + proxy.port() + "/");
    return new DatabaseSettings(
        "database", url + parameters, settings.user(), settings.password(), settings.poolSize());
  }
}
