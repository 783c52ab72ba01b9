package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.Defaults;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What loaded accounts take of the heap, and which objects take it. Arguments: accounts (100,000)
 * and tokens of each (4), whose secrets have 40 bytes.
 */
public final class BytesPerAccount {
  /** An object, its text and 40 bytes of it. */
  private static final int SECRET = 24 + 24 + 56;

  private BytesPerAccount() {}

  public static void main(String[] args) throws JMException {
    int accounts = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int tokens = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    RotationTable table = empty(tokens);
    long before = used();
    for (int i = 0; i < accounts; i++) {
      var unused = table.next(new AccountId("account-" + (1_000_000 + i))).join();
    }
    table.saved(Fixtures.moved(table));
    table.count();
    long each = (used() - before) / accounts;
    System.out.printf(
        "%d accounts of %d tokens: %d bytes each, %d besides secrets, %d by the estimate%n%n",
        accounts, tokens, each, each - (long) tokens * SECRET, table.bytes() / accounts);
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    String histogram =
        (String)
            server.invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    histogram.lines().limit(36).forEach(System.out::println);
    System.out.println(table.size());
  }

  private static RotationTable empty(int tokens) {
    return Defaults.table(
        account -> CompletableFuture.completedFuture(snapshot(tokens)),
        Duration.ofSeconds(1),
        System::nanoTime,
        Instant::now,
        changed -> {});
  }

  private static AccountSnapshot snapshot(int count) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tokens.add(
          new Token(
              new TokenId(Integer.toString(1_000_000 + i)),
              new Secret("x".repeat(40)),
              new TokenSettings("", 1, true, null)));
    }
    return new AccountSnapshot(
        tokens, Position.START, new Fingerprint(count, 0), TokenLimits.NONE, Map.of(), Map.of());
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
