package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenLimits.Period;
import io.tokenbroker.server.model.TokenLimits.Quota;
import io.tokenbroker.server.model.TokenLimits.RateLimit;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.UsageTotal;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was used of limits is saved once, and taken up again. */
final class UsageTest {
  private static final TokenId ONE = new TokenId("1");
  private static final Quota QUOTA =
      new Quota(30, Period.DAY, ZoneOffset.UTC, LocalTime.MIDNIGHT, 1);
  private static final RotationSettings DEFAULT = RotationSettings.DEFAULT;
  private static final RotationSettings WITHOUT_MARGIN =
      new RotationSettings(
          DEFAULT.unknownTtl(),
          DEFAULT.maxScopes(),
          DEFAULT.maxWaiters(),
          DEFAULT.waitMargin(),
          Duration.ZERO,
          DEFAULT.turnTimeout(),
          DEFAULT.maxProbeDelay());

  @Test
  void whatWasUsedIsSavedOnce() {
    Bed bed = new Bed(List.of(token("1")), WITHOUT_MARGIN);
    bed.limits =
        new TokenLimits(List.of(new RateLimit(100, Duration.ofHours(1))), List.of(QUOTA), 0, 0);
    bed.table.load(ACCOUNT).join();
    List<Usage> total = List.of();
    for (int turns = 1; turns <= 5; turns++) {
      assertThat(bed.take("", turns)).hasSize(turns);
      bed.pass(Duration.ofMinutes(5));
      Map<AccountId, Map<TokenId, List<Usage>>> unsaved = bed.table.unsavedUsage();
      if (turns != 3) {
        // that of the third time fails, and is saved with the next one
        total =
            UsageTotal.of(
                total,
                unsaved.getOrDefault(ACCOUNT, Map.of()).getOrDefault(ONE, List.of()),
                bed.now());
        bed.table.usageSaved(unsaved);
      }
    }
    assertThat(bed.table.unsavedUsage()).isEmpty();
    assertThat(total)
        .extracting(used -> used.charges().stream().mapToLong(Usage.Charge::count).sum())
        .containsExactly(15L, 15L);
  }

  @Test
  void whatWasUsedIsSavedAgainUnderTheNamesOfChangedLimits() {
    Bed bed = new Bed(List.of(token("1")), WITHOUT_MARGIN);
    bed.limits =
        new TokenLimits(List.of(new RateLimit(100, Duration.ofHours(1))), List.of(QUOTA), 0, 0);
    assertThat(bed.take("", 5)).hasSize(5);
    save(bed);
    bed.limits =
        new TokenLimits(
            List.of(new RateLimit(100, Duration.ofHours(2))),
            List.of(new Quota(30, Period.DAY, ZoneOffset.UTC, LocalTime.of(3, 0), 1)),
            0,
            0);
    bed.refresh(bed.tokens);
    assertThat(save(bed)).containsExactly(5L, 5L);
    bed.refresh(List.of(token("1")));
    assertThat(save(bed)).isEmpty();
  }

  @Test
  void whatWasGivenBackIsNotSaved() {
    Bed bed = new Bed(List.of(token("1")), WITHOUT_MARGIN);
    bed.limits =
        new TokenLimits(List.of(new RateLimit(100, Duration.ofHours(1))), List.of(QUOTA), 0, 0);
    assertThat(bed.take("", 3)).hasSize(3);
    bed.pass(Duration.ofSeconds(1));
    assertThat(save(bed)).containsExactly(3L, 3L);
    Supply supply = bed.table.supply(ACCOUNT, Scope.ALL);
    supply.giveBack(supply.next(4, 4, 1_000_000).join());
    assertThat(save(bed)).isEmpty();

    // given back while a save runs that then fails
    Batch batch = supply.next(4, 4, 1_000_000).join();
    bed.pass(Duration.ofSeconds(1));
    assertThat(bed.table.unsavedUsage()).isNotEmpty();
    assertThat(bed.take("", 1)).hasSize(1);
    supply.giveBack(batch);
    assertThat(save(bed)).containsExactly(1L, 1L);
    assertThat(save(bed)).isEmpty();

    // what has been saved is taken back of a quota with the next turns, of a window never
    Batch saved = supply.next(2, 2, 1_000_000).join();
    bed.pass(Duration.ofSeconds(1));
    assertThat(save(bed)).containsExactly(2L, 2L);
    supply.giveBack(saved);
    assertThat(save(bed)).isEmpty();
    assertThat(bed.take("", 3)).hasSize(3);
    assertThat(save(bed)).containsExactly(3L, 1L);
  }

  /** Saves, and gives the counts that were saved. */
  private static List<Long> save(Bed bed) {
    Map<AccountId, Map<TokenId, List<Usage>>> unsaved = bed.table.unsavedUsage();
    bed.table.usageSaved(unsaved);
    return unsaved.getOrDefault(ACCOUNT, Map.of()).getOrDefault(ONE, List.of()).stream()
        .map(used -> used.charges().stream().mapToLong(Usage.Charge::count).sum())
        .toList();
  }

  @Test
  void aStopSavesAlsoWhatIsShort() {
    Bed before = new Bed(List.of(token("1")), WITHOUT_MARGIN);
    before.limits =
        new TokenLimits(List.of(new RateLimit(2, Duration.ofSeconds(10))), List.of(), 3, 0);
    before.table.load(ACCOUNT).join();
    long first = before.table.next(ACCOUNT).join().number();
    before.pass(Duration.ofSeconds(10));
    assertThat(before.next("")).isEqualTo("1");
    assertThat(before.table.unsavedUsage()).isEmpty();

    Bed after = new Bed(List.of(token("1")), WITHOUT_MARGIN);
    after.limits = before.limits;
    after.usage = before.table.lastUsage().getOrDefault(ACCOUNT, Map.of());
    after.position = new Position(2, List.of());
    after.pass(Duration.ofSeconds(10));
    assertThat(after.next("")).isEqualTo("1");
    // three are in use, and the first of them is taken for it for a minute
    assertThat(retryAfter(after)).isEqualTo(Duration.ofSeconds(50));
    assertThat(after.good("1", first)).isNotNull();
    // there were two in ten seconds, one of them before the restart
    assertThat(retryAfter(after)).isEqualTo(Duration.ofSeconds(10));
    after.pass(Duration.ofSeconds(10));
    assertThat(after.next("")).isEqualTo("1");
  }

  private static Duration retryAfter(Bed bed) {
    return bed.failure("").details().retryAfter().orElseThrow();
  }
}
