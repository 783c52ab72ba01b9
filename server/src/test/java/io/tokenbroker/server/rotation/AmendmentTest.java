package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.rotation.Fixtures.Label;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tokens that join a big account, leave it, or have other settings: as if all of it were read
 * again, but not at that cost.
 */
final class AmendmentTest {
  private static final int BIG = 1_000;
  private static final Labels CI = new Label("ci");
  private static final Labels NIGHT = new Label("night");

  private static final List<Scope> SCOPES =
      List.of(
          Scope.ALL,
          new Scope("a"),
          new Scope("b"),
          new Scope("", CI),
          new Scope("a", CI),
          new Scope("", NIGHT));
  private static final List<String> LABELS = List.of("", "ci", "night");
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** In bytes. */
  private static long allocated(Runnable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    action.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private static void add(Bed bed, List<Token> added) {
    bed.table
        .changed(ACCOUNT, new TokenChange.Added(added, Set.of(), new Fingerprint(added.size(), 0)))
        .join();
  }

  private static void update(Bed bed, Token before, Token after) {
    bed.table
        .changed(ACCOUNT, new TokenChange.Updated(info(before), info(after), new Fingerprint(0, 0)))
        .join();
  }

  private static TokenInfo info(Token token) {
    return new TokenInfo(token.id(), token.settings());
  }

  private static void remove(Bed bed, Set<TokenId> ids) {
    bed.table
        .changed(ACCOUNT, new TokenChange.Removed(ids, new Fingerprint(-ids.size(), 0)))
        .join();
  }

  private static Fingerprint fingerprint(Bed bed) {
    return bed.table
        .loaded()
        .fingerprints(List.of(ACCOUNT))
        .getOrDefault(ACCOUNT, Fingerprint.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 22, 34, 61, 92})
  void goesOnAsIfAllWereReadAgain(int seed) {
    Random random = new Random(seed);
    int weights = 1 + seed % 3;
    List<Token> tokens = new ArrayList<>();
    int newest = 0;
    while (newest < 2 * BIG + 200) {
      tokens.add(token(++newest, weights, random));
    }
    // what it reads again would be without those that were added
    Bed grown = new Bed(List.copyOf(tokens));
    Bed read = new Bed(List.copyOf(tokens));
    for (Bed bed : List.of(grown, read)) {
      bed.limits =
          seed % 2 == 0
              ? TokenLimits.NONE
              : new TokenLimits(List.of(new RateLimit(3, SECOND)), List.of(), 0, 0);
    }
    for (Bed bed : List.of(grown, read)) {
      bed.table.load(ACCOUNT).join();
    }
    for (int step = 0; step < 120; step++) {
      if (step % 6 == 5) {
        List<Token> added = new ArrayList<>();
        for (int i = random.nextInt(40); i >= 0; i--) {
          added.add(token(++newest, weights + step / 100, random));
        }
        tokens.addAll(added);
        TokenId leased = added.get(0).id();
        for (Bed bed : List.of(grown, read)) {
          bed.elsewhere = Map.of(leased, new RemoteHolds(step % 2, bed.now().plus(SECOND), step));
        }
        add(grown, added);
        read.refresh(List.copyOf(tokens));
      } else if (step % 6 == 3 && tokens.size() > BIG + 300) {
        Set<TokenId> gone = new HashSet<>();
        // more than half of the places are empty in the end
        for (int i = random.nextInt(step < 30 ? 5 : 300); i >= 0; i--) {
          gone.add(tokens.remove(random.nextInt(tokens.size())).id());
        }
        remove(grown, gone);
        read.refresh(List.copyOf(tokens));
      } else if (step % 6 == 1) {
        for (int i = random.nextInt(10); i >= 0; i--) {
          int place = random.nextInt(tokens.size());
          Token before = tokens.get(place);
          Token after = changed(before, weights, random);
          tokens.set(place, after);
          update(grown, before, after);
          read.refresh(List.copyOf(tokens));
        }
      } else {
        long what = random.nextLong();
        act(grown, new Random(what));
        act(read, new Random(what));
      }
      assertThat(grown.table.state(ACCOUNT, 10_000))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(read.table.state(ACCOUNT, 10_000));
      assertThat(fingerprint(grown)).isEqualTo(fingerprint(read));
    }
    for (Scope scope : SCOPES) {
      assertThat(take(grown, scope, 500)).as("%s", scope).isEqualTo(take(read, scope, 500));
    }
  }

  /** Ids, or why there is none. */
  private static List<String> take(Bed bed, Scope scope, int turns) {
    List<String> taken = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      CompletableFuture<Turn> turn = bed.table.next(ACCOUNT, scope, Wait.NO);
      taken.add(
          turn.isCompletedExceptionally() ? bed.failure(turn).details().toString() : Bed.id(turn));
    }
    return taken;
  }

  private static Token token(int id, int weights, Random random) {
    TokenSettings settings =
        TokenSettings.DEFAULT
            .withWeight(1 + random.nextInt(weights))
            .withLabel(LABELS.get(random.nextInt(LABELS.size())))
            .withEnabled(random.nextInt(20) > 0);
    if (random.nextInt(30) == 0) {
      settings = settings.withExpireTime(Bed.START.plusSeconds(random.nextInt(30)));
    }
    if (random.nextInt(30) == 0) {
      settings =
          settings.withLimits(new TokenLimits(List.of(new RateLimit(1, SECOND)), List.of(), 0, 0));
    }
    return Fixtures.token(Integer.toString(id), settings);
  }

  /** Mostly of the same weight: then it keeps its place. */
  private static Token changed(Token before, int weights, Random random) {
    TokenSettings settings = token(0, weights, random).settings();
    return new Token(
        before.id(),
        before.secret(),
        random.nextInt(4) == 0 ? settings : settings.withWeight(before.weight()));
  }

  private static void act(Bed bed, Random random) {
    Scope scope = SCOPES.get(random.nextInt(SCOPES.size()));
    AccountState state = bed.table.state(ACCOUNT, 10_000).orElseThrow();
    String token = state.tokens().get(random.nextInt(state.tokens().size())).token().id().value();
    switch (random.nextInt(6)) {
      case 0 -> bed.pass(Duration.ofMillis(random.nextInt(2_000)));
      case 1 -> {
        var unused = bed.cool(token, scope.value(), Duration.ofMillis(random.nextInt(5_000)));
      }
      case 2 -> {
        var unused = bed.quarantine(token, Duration.ofMillis(random.nextInt(5_000)));
      }
      case 3 -> {
        var unused = bed.table.hold(ACCOUNT, scope, 1, Wait.NO);
      }
      default -> {
        for (int i = random.nextInt(200); i > 0; i--) {
          var unused = bed.table.next(ACCOUNT, scope, Wait.NO);
        }
      }
    }
  }

  /** Whoever is handed a token later must not find the place of one that is gone. */
  @Test
  void whatWasRemovedIsNotHandedOutNorCounted() {
    Bed bed = new Bed(Fixtures.tokens(BIG));
    assertThat(bed.next("")).isEqualTo("1");
    bed.cool("3", "", SECOND);
    bed.quarantine("4", SECOND);
    assertThat(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO).join().id().value()).isEqualTo("1");
    remove(bed, Set.of(new TokenId("1"), new TokenId("2"), new TokenId("3"), new TokenId("4")));
    AccountState state = bed.table.state(ACCOUNT, 1).orElseThrow();
    assertThat(state.tokenCount()).isEqualTo(BIG - 4);
    assertThat(state.readyCount()).isEqualTo(BIG - 4);
    assertThat(bed.take("", 2)).containsExactly("5", "6");
    assertThat(bed.take("a", 1)).containsExactly("5");
    assertThat(bed.table.hold(ACCOUNT, Scope.ALL, 1, Wait.NO).join().id().value()).isEqualTo("5");
    assertThat(bed.table.find(ACCOUNT, new TokenId("2"))).isEmpty();
    bed.pass(Duration.ofMinutes(1));
    assertThat(bed.take("", BIG).stream().mapToInt(Integer::parseInt).min()).hasValue(6);
  }

  /** As ids of the newest tokens may be given again by a database. */
  @Test
  void anIdThatWasRemovedMayComeBack() {
    int last = BIG + 2;
    Bed bed = new Bed(Fixtures.tokens(last));
    assertThat(bed.next("")).isEqualTo("1");
    remove(bed, Set.of(new TokenId("" + last), new TokenId("" + (last - 1))));
    add(bed, List.of(Fixtures.token("" + (last - 1))));
    add(bed, List.of(Fixtures.token("" + last)));
    List<String> order = bed.take("", last);
    assertThat(order.subList(last - 4, last))
        .containsExactly("" + (last - 2), "" + (last - 1), "" + last, "1");
    assertThat(order).doesNotHaveDuplicates();
  }

  @Test
  void aSecretThatIsThereAlreadyIsNotHandedOutTwice() {
    Bed bed = new Bed(Fixtures.tokens(BIG));
    assertThat(bed.next("")).isEqualTo("1");
    Token again = new Token(new TokenId("2000"), new Secret("secret-7"), TokenSettings.DEFAULT);
    for (int i = 0; i < 2; i++) {
      add(bed, List.of(again));
      assertThat(bed.table.find(ACCOUNT, again.id())).isEmpty();
      add(bed, List.of(Fixtures.token("" + (2_001 + i))));
    }
    assertThat(bed.table.states(ACCOUNT, List.of(again.id()))).isEmpty();
  }

  @Test
  void whoWaitsIsServed() {
    Bed bed =
        new Bed(IntStream.rangeClosed(1, BIG).mapToObj(i -> Fixtures.disabled("" + i)).toList());
    assertThat(bed.failure("")).isNotNull();
    bed.table.load(ACCOUNT).join();
    int changes = bed.changes.get();
    add(bed, List.of(Fixtures.token("2000")));
    assertThat(bed.changes.get()).isGreaterThan(changes);
    assertThat(bed.next("")).isEqualTo("2000");
  }

  @Test
  void whoIsConfinedHasTheirTurnsTooAndHearsOfThem() {
    List<Token> tokens = new ArrayList<>(Fixtures.tokens(BIG));
    tokens.add(Fixtures.labelled("2001", "ci"));
    tokens.add(Fixtures.labelled("2002", "ci"));
    Bed bed = new Bed(tokens);
    Scope ci = new Scope("", CI);
    Scope a = new Scope("a", CI);
    Scope night = new Scope("", NIGHT);
    assertThat(take(bed, ci, 3)).containsExactly("2001", "2002", "2001");
    assertThat(take(bed, a, 1)).containsExactly("2001");
    assertThat(bed.table.hold(ACCOUNT, ci, 1, Wait.NO).join().id().value()).isEqualTo("2001");
    assertThat(bed.failure(bed.table.next(ACCOUNT, night, Wait.NO)).reason())
        .isEqualTo(FailureReason.CREDENTIALS_DO_NOT_EXIST);
    bed.table.giveBack(ACCOUNT, ci, new TokenId("2001"));
    add(
        bed,
        List.of(
            Fixtures.token("2003"),
            Fixtures.labelled("2004", "ci"),
            Fixtures.labelled("2005", "night"),
            Fixtures.token("2006", TokenSettings.DEFAULT.withLabel("ci").withEnabled(false))));
    assertThat(take(bed, ci, 4)).containsExactly("2002", "2004", "2001", "2002");
    assertThat(take(bed, a, 3)).containsExactly("2002", "2004", "2001");
    assertThat(take(bed, new Scope("b", CI), 4)).containsExactly("2001", "2002", "2004", "2001");
    assertThat(take(bed, night, 2)).containsExactly("2005", "2005");
    for (String id : List.of("2001", "2002", "2004")) {
      bed.cool(id, "", SECOND);
    }
    assertThat(bed.failure(bed.table.next(ACCOUNT, ci, Wait.NO)).details().metadata())
        .containsEntry("cooldown", "3")
        .containsEntry("disabled", "1");
    CompletableFuture<Turn> waiting = bed.table.next(ACCOUNT, ci, new Wait(SECOND, ""));
    assertThat(waiting).isNotDone();
    add(bed, List.of(Fixtures.labelled("2007", "ci")));
    assertThat(Bed.id(waiting)).isEqualTo("2007");
  }

  /** Bytes, as they are counted: times are not. */
  @Test
  void whatIsThereIsNotMadeAnew() {
    int there = 50_000;
    Bed bed = new Bed(Fixtures.tokens(there));
    assertThat(bed.next("")).isEqualTo("1");
    long counted = bed.table.bytes();
    add(bed, List.of(Fixtures.token("100001")));
    List<Token> more = List.of(Fixtures.token("100002"), Fixtures.token("100003"));
    // a reference each, and room for more in what grows
    assertThat(allocated(() -> add(bed, more))).isLessThan(there * 8L);
    assertThat(bed.take("", 3)).containsExactly("2", "3", "4");
    // a set of their secrets is kept
    assertThat(bed.table.bytes()).isGreaterThan(counted + there * 30L);
    Token before = Fixtures.token("7");
    Token after = Fixtures.token("7", TokenSettings.DEFAULT.withEnabled(false));
    assertThat(allocated(() -> update(bed, before, after))).isLessThan(there);
    assertThat(allocated(() -> remove(bed, Set.of(new TokenId("6"))))).isLessThan(there * 8L);
    assertThat(bed.take("", 3)).containsExactly("5", "8", "9");
  }

  @Test
  void whatIsRemovedTakesNoMemoryForLong() {
    Bed bed = new Bed(Fixtures.tokens(BIG * 4));
    assertThat(bed.next("")).isEqualTo("1");
    long each = bed.table.bytes() / (BIG * 4);
    for (int i = 1; i <= BIG * 3 - 1; i++) {
      remove(bed, Set.of(new TokenId("" + i)));
    }
    // those that are empty are fewer than those that are not
    assertThat(bed.table.bytes()).isLessThan(BIG * each * 2);
    assertThat(bed.take("", 2)).containsExactly("" + BIG * 3, "" + (BIG * 3 + 1));
  }
}
