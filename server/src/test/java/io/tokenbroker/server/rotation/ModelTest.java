package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.failure.TokensCoolingException;
import io.tokenbroker.server.failure.TokensQuarantinedException;
import io.tokenbroker.server.token.AccountState.TokenState;
import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.TokenLimits;
import io.tokenbroker.server.token.TokenLimits.RateLimit;
import io.tokenbroker.server.token.TokenSettings;
import io.tokenbroker.server.token.Turn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rotation against a slow, obvious model: the same bench with the same return times, and of
 * each weight the same next token, under random picks, outcomes, limits, scopes, refreshes and
 * clocks.
 */
final class ModelTest {
  private static final long MARGIN = Duration.ofMillis(50).toNanos();
  private static final long TIMEOUT = Duration.ofSeconds(60).toNanos();
  private static final List<String> SCOPES = List.of("", "a", "b");

  /** All that is known of a token, in lists that never forget. */
  private static final class Model {
    TokenSettings settings = TokenSettings.DEFAULT;
    final List<Long> handedOut = new ArrayList<>();
    final Map<Long, Long> inUse = new TreeMap<>();
    final Map<String, Long> coolNanos = new HashMap<>();
    final Map<String, Long> coolMillis = new HashMap<>();
    long probeAt = -1;
    long probeDelay;
    long served;
  }

  private final Map<TokenId, Model> models = new TreeMap<>();
  private final Map<String, Map<Integer, TokenId>> last = new HashMap<>();
  private final Bed bed = new Bed(List.of());
  private TokenLimits accountLimits = TokenLimits.NONE;

  @ParameterizedTest
  @ValueSource(
      longs = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24
      })
  void behavesAsTheModel(long seed) {
    Random random = new Random(seed);
    accountLimits = limits(random);
    bed.limits = accountLimits;
    change(random);
    for (int step = 0; step < 1_500; step++) {
      switch (random.nextInt(24)) {
        case 0 -> cool(random);
        case 1 -> quarantine(random);
        case 2, 3 -> good(random);
        case 4 -> bed.pass(Duration.ofMillis(random.nextInt(30_000)));
        case 5, 6, 7 -> bed.pass(Duration.ofMillis(random.nextInt(500)));
        case 8 -> bed.millis.addAndGet(random.nextInt(10_000));
        case 9 -> change(random);
        default -> take(SCOPES.get(random.nextInt(3)));
      }
      compare();
    }
  }

  private static TokenLimits limits(Random random) {
    if (random.nextInt(3) == 0) {
      return TokenLimits.NONE;
    }
    return new TokenLimits(
        List.of(
            new RateLimit(1 + random.nextInt(3), Duration.ofSeconds(1 + random.nextInt(3))),
            new RateLimit(3 + random.nextInt(5), Duration.ofSeconds(10))),
        List.of(),
        random.nextInt(2) * 4,
        0);
  }

  private void change(Random random) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      if (random.nextInt(5) == 0 && i > 1) {
        models.remove(new TokenId("" + i));
        continue;
      }
      Instant expiry = bed.now().plusMillis(random.nextInt(60_000) - 10_000);
      Model model = models.computeIfAbsent(new TokenId("" + i), any -> new Model());
      model.settings =
          model
              .settings
              .withWeight(1 + random.nextInt(3))
              .withEnabled(random.nextInt(8) > 0)
              .withExpireTime(random.nextInt(4) == 0 ? expiry : null);
      tokens.add(token("" + i, model.settings));
    }
    bed.refresh(tokens);
    // a weight that nobody has any more is forgotten
    last.values()
        .forEach(
            byWeight ->
                byWeight
                    .keySet()
                    .removeIf(
                        weight -> tokens.stream().noneMatch(token -> token.weight() == weight)));
  }

  private Model model(TokenId id) {
    return Objects.requireNonNull(models.get(id));
  }

  private TokenId any(Random random) {
    List<TokenId> ids = List.copyOf(models.keySet());
    return ids.get(random.nextInt(ids.size()));
  }

  private void cool(Random random) {
    TokenId id = any(random);
    String scope = SCOPES.get(random.nextInt(3));
    Duration time = Duration.ofMillis(1 + random.nextInt(20_000));
    boolean fixed = random.nextBoolean();
    bed.cool(id.value(), scope, time, fixed);
    Model model = model(id);
    model.coolNanos.remove(scope);
    model.coolMillis.remove(scope);
    if (fixed) {
      model.coolMillis.put(scope, bed.millis.get() + time.toMillis());
    } else {
      model.coolNanos.put(scope, bed.nanos.get() + time.toNanos());
    }
  }

  private void quarantine(Random random) {
    TokenId id = any(random);
    Duration delay = Duration.ofMillis(1 + random.nextInt(10_000));
    bed.quarantine(id.value(), delay);
    model(id).probeAt = bed.nanos.get() + delay.toNanos();
    model(id).probeDelay = delay.toNanos();
  }

  private void good(Random random) {
    TokenId id = any(random);
    Model model = model(id);
    long turn = model.inUse.keySet().stream().findFirst().orElse(0L);
    bed.good(id.value(), turn);
    model.inUse.remove(turn);
    model.coolNanos.clear();
    model.coolMillis.clear();
    model.probeAt = -1;
  }

  private void take(String scope) {
    Map<Integer, TokenId> candidates = new TreeMap<>();
    for (int weight = 1; weight <= 3; weight++) {
      TokenId next = candidate(scope, weight);
      if (next != null) {
        candidates.put(weight, next);
      }
    }
    CompletableFuture<Turn> taken = bed.table.next(ACCOUNT, new Scope(scope), Wait.NO);
    if (candidates.isEmpty()) {
      expectFailure(scope, taken);
      return;
    }
    Turn turn = taken.join();
    TokenId id = turn.token().id();
    Model model = model(id);
    assertThat(candidates).containsEntry(model.settings.weight(), id);
    last.computeIfAbsent(scope, any -> new HashMap<>()).put(model.settings.weight(), id);
    model.handedOut.add(bed.nanos.get());
    model.inUse.put(turn.number(), bed.nanos.get() + TIMEOUT);
    model.served++;
    assertThat(turn.probation()).isEqualTo(model.probeAt >= 0);
    if (model.probeAt >= 0) {
      model.probeAt = bed.nanos.get() + model.probeDelay;
      model.probeDelay *= 2;
    }
  }

  /** The first ready one behind the last of its weight, or else the first. */
  private @Nullable TokenId candidate(String scope, int weight) {
    TokenId behind = last.getOrDefault(scope, Map.of()).get(weight);
    @Nullable TokenId first = null;
    for (Map.Entry<TokenId, Model> entry : models.entrySet()) {
      if (entry.getValue().settings.weight() == weight && delay(entry.getValue(), scope) == 0) {
        if (behind != null && entry.getKey().compareTo(behind) > 0) {
          return entry.getKey();
        }
        first = first == null ? entry.getKey() : first;
      }
    }
    return first;
  }

  private void expectFailure(String scope, CompletableFuture<Turn> taken) {
    long earliest = Long.MAX_VALUE;
    boolean byItself = false;
    for (Model model : models.values()) {
      long delay = delay(model, scope);
      earliest = Math.min(earliest, delay);
      byItself |= delay < Long.MAX_VALUE && model.probeAt < 0;
    }
    if (byItself) {
      assertThat(((TokensCoolingException) bed.failure(taken)).retryAfter().toNanos())
          .isEqualTo(earliest);
    } else {
      assertThat(bed.failure(taken)).isInstanceOf(TokensQuarantinedException.class);
    }
  }

  /** Until the token is ready for a scope, in nanoseconds; MAX_VALUE if never by itself. */
  private long delay(Model model, String scope) {
    if (settled(model) != null) {
      return Long.MAX_VALUE;
    }
    return Math.max(wide(model), scope.isEmpty() ? 0 : cooldown(model, scope));
  }

  private @Nullable BenchReason settled(Model model) {
    Instant expiry = model.settings.expireTime();
    if (!model.settings.enabled()) {
      return BenchReason.DISABLED;
    }
    return expiry != null && !bed.now().isBefore(expiry) ? BenchReason.EXPIRED : null;
  }

  private long wide(Model model) {
    long probe = model.probeAt < 0 ? 0 : model.probeAt - bed.nanos.get();
    return Math.max(0, Math.max(Math.max(probe, cooldown(model, "")), limit(model)));
  }

  private long cooldown(Model model, String scope) {
    long nanos = model.coolNanos.getOrDefault(scope, Long.MIN_VALUE / 2) - bed.nanos.get();
    long millis = model.coolMillis.getOrDefault(scope, 0L) - bed.millis.get();
    return Math.max(0, Math.max(nanos, millis * 1_000_000));
  }

  private long limit(Model model) {
    long delay = 0;
    for (RateLimit rate : accountLimits.rates()) {
      int index = model.handedOut.size() - (int) rate.count();
      if (index >= 0) {
        long leaves = model.handedOut.get(index) + rate.window().toNanos() + MARGIN;
        delay = Math.max(delay, leaves - bed.nanos.get());
      }
    }
    model.inUse.values().removeIf(time -> time <= bed.nanos.get());
    int over = model.inUse.size() - accountLimits.maxConcurrent();
    if (accountLimits.maxConcurrent() > 0 && over >= 0) {
      delay = Math.max(delay, List.copyOf(model.inUse.values()).get(over) - bed.nanos.get());
    }
    return delay;
  }

  private void compare() {
    for (TokenState state : bed.table.state(ACCOUNT, 100).orElseThrow().tokens()) {
      Model model = model(state.token().id());
      assertThat(state.served()).isEqualTo(model.served);
      BenchReason reason = settled(model);
      @Nullable Instant ready = null;
      if (reason == null && (model.probeAt >= 0 || wide(model) > 0)) {
        reason =
            model.probeAt >= 0
                ? BenchReason.QUARANTINE
                : wide(model) == cooldown(model, "")
                    ? BenchReason.COOLDOWN
                    : BenchReason.RATE_LIMIT;
        ready = bed.now().plusNanos(wide(model));
      }
      if (reason != BenchReason.RATE_LIMIT || cooldown(model, "") == 0) {
        // of two that hold, a step of the wall clock may have made the other one the longer
        assertThat(state.benched()).as("%s", state.token().id()).isEqualTo(reason);
      }
      assertThat(state.readyTime()).as("%s %s", state.token().id(), reason).isEqualTo(ready);
      long scopes = List.of("a", "b").stream().filter(scope -> cooldown(model, scope) > 0).count();
      assertThat(state.scopes()).hasSize((int) scopes);
    }
  }
}
