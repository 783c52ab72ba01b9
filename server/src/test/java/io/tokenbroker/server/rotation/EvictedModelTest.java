package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Cooldown;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A table that puts its account out whenever it may, beside one that never does: callers must not
 * be able to tell them apart.
 */
final class EvictedModelTest {
  private static final List<String> SCOPES = List.of("", "a", "b");

  /** The parts in which the store keeps a window of a minute. */
  private static final long PART_MILLIS = 4_000;

  private long stepMillis = PART_MILLIS;

  private final AtomicLong millis = new AtomicLong(Bed.START.toEpochMilli());

  private final class Side {
    final SavedAccounts store = new SavedAccounts();
    final RotationTable table;

    Side(long maxBytes) {
      table =
          new RotationTable(
              store,
              Defaults.rotation(maxBytes),
              () -> millis.get() * 1_000_000,
              () -> Instant.ofEpochMilli(millis.get()),
              (delay, task) -> {},
              changed -> {},
              EvictionGuard.NONE,
              Rights.ALL);
    }

    String next(String scope) {
      return told(
          table.next(ACCOUNT, new Scope(scope), Wait.NO),
          turn -> turn.token().id() + "#" + turn.number() + (turn.probation() ? "?" : ""));
    }

    void report(String id, ReportRule judge, List<UpstreamBudget> budgets) {
      Reported unused = table.report(ACCOUNT, new TokenId(id), 0, budgets, judge).join();
    }

    private <T> String told(CompletableFuture<T> future, Function<T, String> text) {
      try {
        return text.apply(future.join());
      } catch (CompletionException e) {
        return Objects.requireNonNull(e.getCause()).toString();
      }
    }
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 40);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void isAsIfItHadNeverBeenPutOut(long seed) {
    Random random = new Random(seed);
    Side stays = new Side(Long.MAX_VALUE);
    Side leaves = new Side(1);
    List<Token> tokens = Fixtures.tokens(5);
    TokenLimits limits = limits(random);
    for (Side side : List.of(stays, leaves)) {
      side.store.tokens = tokens;
      side.store.limits = limits;
    }
    int left = 0;
    for (int step = 0; step < 2_000; step++) {
      long choice = random.nextLong();
      assertThat(act(leaves, new Random(choice)))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(act(stays, new Random(choice)));
      millis.addAndGet(random.nextInt(4) == 0 ? random.nextInt(3) * stepMillis : 0);
      if (random.nextInt(3) == 0) {
        leaves.store.save(leaves.table, Instant.ofEpochMilli(millis.get()));
        // the first look only finds it used
        leaves.table.evict();
        leaves.table.evict();
        left += leaves.table.size() == 0 ? 1 : 0;
      }
    }
    assertThat(left).isPositive();
  }

  /** A long window is saved in parts: here all turns of a part have the same time. */
  private TokenLimits limits(Random random) {
    stepMillis = PART_MILLIS;
    List<RateLimit> rates = List.of(new RateLimit(12, Duration.ofMinutes(1)));
    switch (random.nextInt(3)) {
      case 0 -> {
        return TokenLimits.NONE;
      }
      case 1 -> {
        stepMillis = 700;
        rates = List.of(new RateLimit(1 + random.nextInt(3), Duration.ofSeconds(2)));
      }
      default -> {}
    }
    Quota quota = new Quota(15, Period.DAY, ZoneOffset.UTC, LocalTime.of(10, 5), 1);
    return new TokenLimits(rates, List.of(quota), 0, 0);
  }

  private String act(Side side, Random random) {
    String id = "" + (1 + random.nextInt(5));
    String scope = SCOPES.get(random.nextInt(3));
    Duration time = Duration.ofMillis(1 + random.nextInt(20_000));
    switch (random.nextInt(24)) {
      case 0 -> side.report(id, cooled(scope, time, random.nextBoolean()), List.of());
      case 1 -> side.report(id, quarantined(time), List.of());
      case 2 -> side.report(id, (before, account, now) -> verdict(Health.GOOD), List.of());
      case 3 -> {
        // resets within a second of each other are taken for the same, in whatever order they come
        long minute = 60_000 * (millis.get() / 60_000 + 1 + random.nextInt(3));
        Instant reset = Instant.ofEpochMilli(minute);
        side.report(
            id,
            (before, account, now) -> verdict(before),
            List.of(new UpstreamBudget(random.nextInt(9), reset)));
      }
      case 4 -> side.table.reset(ACCOUNT, new TokenId(id)).join();
      default -> {
        return side.next(scope);
      }
    }
    return "";
  }

  private static Verdict verdict(Health health) {
    return new Verdict(health, AccountHealth.GOOD);
  }

  private static ReportRule cooled(String scope, Duration time, boolean fixed) {
    return (before, account, now) -> {
      Map<Scope, Cooldown> cooldowns = new HashMap<>(before.cooldowns());
      cooldowns.put(new Scope(scope), new Cooldown(1, now.plus(time), fixed));
      return verdict(new Health(0, cooldowns, before.quarantine()));
    };
  }

  private static ReportRule quarantined(Duration delay) {
    return (before, account, now) ->
        verdict(new Health(0, before.cooldowns(), new Quarantine(now, delay, now.plus(delay), 0)));
  }
}
