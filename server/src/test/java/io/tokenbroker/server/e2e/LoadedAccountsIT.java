package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.TestDatabase;
import io.tokenbroker.v1.Turn;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** More accounts than the heap has room for, all of which somebody asks for. */
class LoadedAccountsIT {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.mariadb();

  /** Of four tokens: about 95 MB, if all were loaded. */
  private static final int ACCOUNTS = Integer.getInteger("tokenbroker.test.accounts", 60_000);

  private static final int CALLERS = 16;
  private static final Map<String, String> SMALL = Map.of("JAVA_OPTS", "-Xmx128m");

  @TempDir Path directory;

  @Test
  void areServedFromASmallHeapWithoutHurtingOthers() throws Exception {
    DatabaseSettings database = SERVER.fresh(8);
    try (Broker broker = Broker.start(directory, OwnDatabase.settings(database, SMALL));
        Caller caller = broker.caller();
        Connection connection = TestDatabase.connect(database);
        Statement statement = connection.createStatement()) {
      int added =
          statement.executeUpdate(
              "insert into token (account, secret, label, weight, enabled)"
                  + " select concat('a', n.seq), concat('"
                  + Broker.SECRET
                  + "', n.seq, '-', t.seq), '', 1, true from seq_1_to_"
                  + ACCOUNTS
                  + " n, seq_1_to_4 t");
      assertThat(added).isEqualTo(4 * ACCOUNTS);
      List<String> ids = caller.add("steady", 3, 1);
      AtomicBoolean over = new AtomicBoolean();
      ExecutorService threads = Executors.newCachedThreadPool();
      Future<List<String>> steady = threads.submit(() -> steady(caller, over));
      Set<String> failures = new ConcurrentSkipListSet<>();
      AtomicInteger refused = new AtomicInteger();
      long begin = System.nanoTime();
      AtomicInteger next = new AtomicInteger();
      List<Future<?>> flood = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        flood.add(
            threads.submit(
                () -> {
                  try (Caller own = broker.caller()) {
                    for (int n = next.incrementAndGet();
                        n <= ACCOUNTS;
                        n = next.incrementAndGet()) {
                      assertThat(turn(own, "a" + n, failures, refused).getNumber()).isEqualTo(1);
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> one : flood) {
        Object unused = one.get(10, TimeUnit.MINUTES);
      }
      long millis = (System.nanoTime() - begin) / 1_000_000;
      over.set(true);
      List<String> turns = steady.get(60, TimeUnit.SECONDS);
      // those that were put out come back where they were
      for (int n = 1; n <= ACCOUNTS; n += ACCOUNTS / 50) {
        Turn first = turn(caller, "a" + n, failures, refused);
        assertThat(first.getNumber()).isEqualTo(2);
      }
      System.out.printf(
          "%d accounts asked for once in %d ms with -Xmx128m: %d calls refused %s; %d calls beside"
              + " them, none failed%n",
          ACCOUNTS, millis, refused.get(), failures, turns.size());
      for (int i = 0; i < turns.size(); i++) {
        assertThat(turns.get(i)).isEqualTo(ids.get(i % 3));
      }
      assertThat(failures).isSubsetOf("UNAVAILABLE BROKER_BUSY");
      threads.shutdownNow();
      assertThat(broker.stop()).isZero();
    }
  }

  /** A caller who does nothing unusual, and never tries again. */
  private static List<String> steady(Caller caller, AtomicBoolean over) {
    List<String> turns = new ArrayList<>();
    while (!over.get()) {
      turns.add(caller.next("steady").getTokenId());
      LockSupport.parkNanos(5_000_000);
    }
    return turns;
  }

  /** Tries again as long as it is told to. */
  private static Turn turn(
      Caller caller, String account, Set<String> failures, AtomicInteger refused) {
    while (true) {
      try {
        return caller.next(account);
      } catch (StatusRuntimeException e) {
        failures.add(Failures.text(e));
        refused.incrementAndGet();
        if (failures.size() > 5 || refused.get() > 100_000) {
          throw e;
        }
        LockSupport.parkNanos(50_000_000);
      }
    }
  }
}
