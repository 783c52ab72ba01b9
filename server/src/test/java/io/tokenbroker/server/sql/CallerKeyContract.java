package io.tokenbroker.server.sql;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.model.FailureReason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Keys of callers as each database keeps them. */
abstract class CallerKeyContract extends StoreContract {
  private static final Instant MADE = Instant.parse("2030-01-01T00:00:00.123456Z");
  private static final Instant END = Instant.parse("2031-12-31T23:59:59.999999Z");

  private static CallerKey key(int number, String name, Optional<Instant> end) {
    return new CallerKey(
        "%016x".formatted(number), name, "%064x".formatted(number), MADE.plusSeconds(number), end);
  }

  @Test
  void whatIsWrittenIsRead() {
    SqlCallerKeyStore keys = new SqlCallerKeyStore(database);
    CallerKey one = key(1, "nightly", Optional.empty());
    CallerKey two = key(2, "Nightly", Optional.of(END));
    CallerKey three = key(3, "nightly", Optional.of(END));
    List.of(three, two, one).forEach(keys::add);
    assertThat(keys.all()).containsExactly(two, one, three);

    assertThat(keys.expire(one.id(), Optional.of(END)))
        .isEqualTo(key(1, "nightly", Optional.of(END)));
    assertThat(keys.expire(one.id(), Optional.of(END)))
        .as("again")
        .isEqualTo(key(1, "nightly", Optional.of(END)));
    assertThat(keys.expire(one.id(), Optional.empty())).isEqualTo(one);
    assertThatThrownBy(() -> keys.expire("f".repeat(16), Optional.empty()))
        .is(because(FailureReason.CALLER_KEY_DOES_NOT_EXIST));

    assertThat(keys.removeByName("nightly")).isEqualTo(2);
    assertThat(keys.removeByName("nightly")).isZero();
    assertThat(keys.removeById(two.id())).isEqualTo(1);
    assertThat(keys.removeById(two.id())).isZero();
    assertThat(keys.all()).isEmpty();
  }

  @Test
  void thereIsAnEndToThem() {
    SqlCallerKeyStore keys = new SqlCallerKeyStore(database);
    for (int i = 0; i < CallerKey.MAX; i += 500) {
      String rows =
          IntStream.range(i, i + 500)
              .mapToObj(
                  n ->
                      "('%016x', 'many', '%064x', '2030-01-01 00:00:00.000000', null)"
                          .formatted(n, n))
              .collect(Collectors.joining(", "));
      assertThat(byHand("insert into caller_key values " + rows)).isEqualTo(500);
    }
    assertThatThrownBy(() -> keys.add(key(CallerKey.MAX, "more", Optional.empty())))
        .is(because(FailureReason.CALLER_KEY_LIMIT));
    assertThat(keys.removeByName("many")).isEqualTo(CallerKey.MAX);
  }
}
