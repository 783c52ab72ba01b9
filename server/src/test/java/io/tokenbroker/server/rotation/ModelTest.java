package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.ScopeBench;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Verdict;
import io.tokenbroker.server.testing.Defaults;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rotation against a slow, obvious model: the same bench with the same reasons and return
 * times, and of each weight the same next token, under random picks, leases, outcomes, limits,
 * budgets, scopes, refreshes, resets and clocks.
 */
final class ModelTest {
  private static final List<String> SCOPES = List.of("", "a", "b");

  /** Two for those, and some for those that come once. */
  private static final int MAX_SCOPES = 8;

  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /** Around changes to and from summer time, and a month that ends early. */
  private static final List<Instant> STARTS =
      List.of(
          Bed.START,
          Instant.parse("2030-03-30T23:00:00Z"),
          Instant.parse("2030-10-26T22:30:00Z"),
          Instant.parse("2030-01-30T20:00:00Z"));

  private final Map<TokenId, TokenModel> models = new TreeMap<>();

  /** The last token by line and weight. */
  private final Map<String, Map<Integer, TokenId>> last = new HashMap<>();

  private Bed bed = new Bed(List.of());
  private int maxHolds = 1;
  private int passers;

  static LongStream seeds() {
    // and some with turns given back after the clock was set back over a reset
    return LongStream.concat(LongStream.rangeClosed(1, 24), LongStream.of(1_034, 1_042, 1_049));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesAsTheModel(long seed) {
    run(seed);
  }

  @Test
  @Tag("stress")
  void behavesAsTheModelForLong() {
    for (long seed = 1_000; seed < 2_000; seed++) {
      run(seed);
    }
  }

  private void run(long seed) {
    Random random = new Random(seed);
    models.clear();
    last.clear();
    passers = 0;
    bed = new Bed(List.of(), settings());
    bed.millis.set(STARTS.get(random.nextInt(STARTS.size())).toEpochMilli());
    bed.limits = limits(random);
    maxHolds = 1 + random.nextInt(2);
    change(random);
    for (int step = 0; step < 1_000; step++) {
      try {
        act(random);
        if (random.nextInt(3) > 0) {
          compare();
        }
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", step " + step + ": " + e.getMessage(), e);
      }
    }
  }

  private void act(Random random) {
    String scope = SCOPES.get(random.nextInt(3));
    switch (random.nextInt(40)) {
      case 0, 1 -> cool(random, scope);
      case 2 -> quarantine(random);
      case 3, 4 -> good(random);
      case 5, 6, 7 -> tell(random);
      case 8 -> reset(any(random));
      case 9, 10 -> pass(random.nextInt(30_000));
      case 11, 12, 13, 14, 15 -> pass(random.nextInt(500));
      case 16 -> step(random.nextInt(10_000));
      case 17 -> step(-random.nextInt(10_000));
      case 18 -> step((random.nextInt(3) - 1) * (long) random.nextInt(4 * 3_600_000));
      case 19 -> change(random);
      case 20, 21 -> hold(scope, random);
      case 22, 23, 24 -> unhold(random);
      case 25 -> passBy();
      case 26 -> giveBack(scope, random);
      default -> take(scope);
    }
  }

  private static RotationSettings settings() {
    RotationSettings d = Defaults.ROTATION;
    return new RotationSettings(
        d.unknownTtl(),
        MAX_SCOPES,
        d.maxWaiters(),
        d.waitMargin(),
        d.limitMargin(),
        d.turnTimeout(),
        d.maxProbeDelay(),
        Long.MAX_VALUE);
  }

  private static TokenLimits limits(Random random) {
    if (random.nextInt(3) == 0) {
      return TokenLimits.NONE;
    }
    List<Quota> quotas = new ArrayList<>();
    if (random.nextBoolean()) {
      LocalTime time = LocalTime.of(random.nextInt(4), 30 * random.nextInt(2));
      quotas.add(new Quota(5 + random.nextInt(20), Period.DAY, BERLIN, time, 1));
      quotas.add(
          new Quota(20 + random.nextInt(50), Period.MONTH, BERLIN, time, 28 + random.nextInt(4)));
    }
    return new TokenLimits(
        List.of(
            new RateLimit(1 + random.nextInt(3), Duration.ofSeconds(1 + random.nextInt(3))),
            new RateLimit(3 + random.nextInt(5), Duration.ofSeconds(10))),
        quotas,
        random.nextInt(2) * 4,
        random.nextInt(2) * random.nextInt(100));
  }

  /** What is noticed once is over, though the clock be set back: so both notice it now. */
  private void look() {
    assertThat(bed.table.state(ACCOUNT, 100)).isPresent();
    models.values().forEach(TokenModel::look);
  }

  private void pass(long millis) {
    look();
    bed.pass(Duration.ofMillis(millis));
  }

  /** Only the wall clock. */
  private void step(long millis) {
    look();
    bed.millis.addAndGet(millis);
    // nobody can know of a step that is taken back before anybody looks
    bed.table.expire(ACCOUNT);
    models.values().forEach(TokenModel::look);
  }

  private void change(Random random) {
    if (!models.isEmpty()) {
      look();
    }
    List<Token> tokens = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      if (random.nextInt(5) == 0 && i > 1) {
        models.remove(new TokenId("" + i));
        continue;
      }
      Instant expiry = bed.now().plusMillis(random.nextInt(60_000) - 10_000);
      TokenModel model =
          models.computeIfAbsent(new TokenId("" + i), any -> new TokenModel(bed, bed.limits));
      model.refresh(
          model
              .settings
              .withWeight(1 + random.nextInt(3))
              .withEnabled(random.nextInt(8) > 0)
              .withExpireTime(random.nextInt(4) == 0 ? expiry : null));
      tokens.add(token("" + i, model.settings));
    }
    bed.refresh(tokens);
    // a weight that nobody has any more is forgotten
    Set<Integer> weights = Set.copyOf(tokens.stream().map(Token::weight).toList());
    last.values().forEach(byWeight -> byWeight.keySet().retainAll(weights));
  }

  private TokenModel model(TokenId id) {
    return Objects.requireNonNull(models.get(id));
  }

  private TokenId any(Random random) {
    List<TokenId> ids = List.copyOf(models.keySet());
    return ids.get(random.nextInt(ids.size()));
  }

  private void cool(Random random, String scope) {
    TokenId id = any(random);
    Duration time = Duration.ofMillis(1 + random.nextInt(20_000));
    boolean fixed = random.nextBoolean();
    bed.cool(id.value(), scope, time, fixed);
    TokenModel model = model(id);
    model.report(0, List.of(), 0);
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
    TokenModel model = model(id);
    model.report(0, List.of(), 0);
    model.probeAt = bed.nanos.get() + delay.toNanos();
    model.probeDelay = delay.toNanos();
  }

  private void good(Random random) {
    TokenId id = any(random);
    TokenModel model = model(id);
    long turn = turn(model, random);
    boolean duplicate = model.isDuplicate(turn);
    assertThat(bed.good(id.value(), turn).duplicate()).isEqualTo(duplicate);
    if (!duplicate) {
      model.report(turn, List.of(), 0);
      model.good();
    }
  }

  private void tell(Random random) {
    TokenId id = any(random);
    TokenModel model = model(id);
    long turn = turn(model, random);
    boolean duplicate = model.isDuplicate(turn);
    List<UpstreamBudget> told = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      Instant reset = bed.now().plusMillis(1 + random.nextInt(60_000));
      told.add(new UpstreamBudget(random.nextInt(15), reset));
    }
    long turns = bed.table.state(ACCOUNT, 0).orElseThrow().turn();
    ReportRule judge = (before, account, now) -> new Verdict(before, account);
    assertThat(bed.table.report(ACCOUNT, id, turn, told, judge).join().duplicate())
        .isEqualTo(duplicate);
    if (!duplicate) {
      model.report(turn, told, Math.max(0, turns - turn) / models.size());
    }
  }

  /** One that nobody has reported yet, or one that somebody has, or 0. */
  private static long turn(TokenModel model, Random random) {
    List<Long> turns = random.nextInt(6) == 0 ? model.reported : model.unreported;
    return turns.isEmpty() || random.nextInt(6) == 0
        ? 0
        : turns.get(Math.max(0, turns.size() - 1 - random.nextInt(8)));
  }

  private void reset(TokenId id) {
    bed.table.reset(ACCOUNT, id).join();
    model(id).reset();
    model(id).look();
  }

  private void hold(String scope, Random random) {
    String line = "leases of " + scope;
    Map<Integer, TokenId> candidates = candidates(line, model -> model.isLeasable(scope, maxHolds));
    CompletableFuture<Token> held = bed.table.hold(ACCOUNT, new Scope(scope), maxHolds, Wait.NO);
    if (candidates.isEmpty()) {
      assertThat(bed.failure(held)).isInstanceOf(BrokerException.class);
      return;
    }
    TokenId id = held.join().id();
    taken(line, candidates, id);
    if (random.nextInt(3) == 0) {
      bed.table.giveBack(ACCOUNT, new Scope(scope), id);
      givenBack(line, id);
    } else {
      model(id).holds++;
    }
  }

  private void unhold(Random random) {
    TokenId id = any(random);
    bed.table.unhold(ACCOUNT, id);
    model(id).holds = Math.max(0, model(id).holds - 1);
  }

  private void take(String scope) {
    Map<Integer, TokenId> candidates = candidates(scope, model -> model.delay(scope) == 0);
    CompletableFuture<Turn> taken = bed.table.next(ACCOUNT, new Scope(scope), Wait.NO);
    if (candidates.isEmpty()) {
      expectFailure(scope, taken);
      return;
    }
    Turn turn = taken.join();
    TokenId id = turn.token().id();
    taken(scope, candidates, id);
    assertThat(turn.probation()).isEqualTo(model(id).probeAt >= 0);
    model(id).take(turn);
  }

  /** Scopes that come once: each takes the place of the one that was here longest ago. */
  private void passBy() {
    pass(1);
    take("a");
    take("b");
    for (int i = 0; i < 3; i++) {
      Map<Integer, TokenId> place = last.remove("passer " + (passers - (MAX_SCOPES - 2)));
      if (place != null) {
        last.put("passer " + passers, place);
      }
      take("passer " + passers);
      passers++;
    }
  }

  /** Turns that were made for a stream that has gone: only their places are as after a search. */
  private void giveBack(String scope, Random random) {
    Supply supply = bed.table.supply(ACCOUNT, new Scope(scope));
    if (candidates(scope, model -> model.delay(scope) == 0).isEmpty()) {
      return;
    }
    Batch batch = supply.next(1 + random.nextInt(8), 1 + random.nextInt(8), 1_000_000).join();
    supply.giveBack(batch);
    for (int i = batch.turns().size() - 1; i >= 0; i--) {
      TokenId id = batch.turns().get(i).token().id();
      givenBack(scope, id);
      model(id).look();
    }
  }

  private void taken(String line, Map<Integer, TokenId> candidates, TokenId id) {
    int weight = model(id).settings.weight();
    assertThat(candidates).containsEntry(weight, id);
    last.computeIfAbsent(line, any -> new HashMap<>()).put(weight, id);
  }

  /** The next is sought from that token on. */
  private void givenBack(String line, TokenId id) {
    int weight = model(id).settings.weight();
    Map<Integer, TokenId> lasts = last.computeIfAbsent(line, any -> new HashMap<>());
    lasts.remove(weight);
    models.forEach(
        (other, model) -> {
          if (model.settings.weight() == weight && other.compareTo(id) < 0) {
            lasts.put(weight, other);
          }
        });
  }

  /** Of each weight, the first ready one behind the last, or else the first. */
  private Map<Integer, TokenId> candidates(String line, Predicate<TokenModel> ready) {
    Map<Integer, TokenId> candidates = new TreeMap<>();
    for (int weight = 1; weight <= 3; weight++) {
      @Nullable TokenId behind = last.getOrDefault(line, Map.of()).get(weight);
      List<TokenId> all = new ArrayList<>();
      for (Map.Entry<TokenId, TokenModel> entry : models.entrySet()) {
        if (entry.getValue().settings.weight() == weight && ready.test(entry.getValue())) {
          all.add(entry.getKey());
        }
      }
      if (!all.isEmpty()) {
        candidates.put(
            weight,
            all.stream()
                .filter(id -> behind != null && id.compareTo(behind) > 0)
                .findFirst()
                .orElse(all.get(0)));
      }
    }
    return candidates;
  }

  private void expectFailure(String scope, CompletableFuture<Turn> taken) {
    long earliest = TokenModel.NEVER;
    boolean byItself = false;
    boolean leased = false;
    for (TokenModel model : models.values()) {
      long delay = model.delay(scope);
      earliest = Math.min(earliest, delay);
      byItself |= delay < TokenModel.NEVER && model.probeAt < 0;
      leased |= model.reason() == BenchReason.LEASED;
    }
    if (byItself) {
      assertThat(bed.failure(taken).details().retryAfter().orElseThrow().toNanos())
          .isEqualTo(earliest);
    } else if (leased) {
      assertThat(bed.failure(taken)).is(because(FailureReason.TOKENS_LEASED));
    } else {
      assertThat(bed.failure(taken)).is(because(FailureReason.TOKENS_QUARANTINED));
    }
  }

  private void compare() {
    AccountState account = bed.table.state(ACCOUNT, 100).orElseThrow();
    List<TokenStatus> states = account.tokens();
    assertThat(states).hasSize(models.size());
    assertThat(account.readyCount())
        .isEqualTo(states.stream().filter(state -> state.benched() == null).count());
    for (TokenStatus state : states) {
      String id = state.token().id().value();
      TokenModel model = model(state.token().id());
      assertThat(state.served()).as(id).isEqualTo(model.served);
      assertThat(state.benched()).as(id).isEqualTo(model.reason());
      assertThat(state.probeDue())
          .as(id)
          .isEqualTo(model.reason() == BenchReason.QUARANTINE && model.wide() == 0);
      assertThat(state.readyTime()).as("%s %s", id, model.reason()).isEqualTo(model.readyTime());
      List<ScopeBench> scopes = new ArrayList<>();
      for (String scope : List.of("a", "b")) {
        if (model.cooldown(scope) > 0) {
          Instant ready = bed.now().plusNanos(model.cooldown(scope));
          scopes.add(new ScopeBench(new Scope(scope), ready));
        }
      }
      assertThat(state.scopes()).as(id).isEqualTo(scopes);
    }
  }
}
