package io.tokenbroker.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PartitionsTest {
  /** Computed by a program in another language; also in docs/fleet.md, for others to compare. */
  @ParameterizedTest
  @CsvSource({"github, 210", "42, 236", "a, 603", "Zürich, 464", "€uro, 287", "\uD83D\uDE00, 902"})
  void aPartitionIsTheSameInEveryLanguage(String account, int partition) {
    assertThat(Partitions.of(account)).isEqualTo(partition);
  }

  @Test
  void aSurrogateAloneIsWhatItIsEncodedAs() {
    String alone = "a\uD83Db";

    assertThat(Partitions.of(alone))
        .isEqualTo(
            Partitions.of(
                new String(alone.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)));
  }

  @Test
  void namesThatDifferInTheirEndSpreadEvenly() {
    int[] accounts = new int[Partitions.COUNT];
    IntStream.range(0, 1_000_000).forEach(i -> accounts[Partitions.of("account-" + i)]++);

    assertThat(IntStream.of(accounts)).allMatch(count -> count > 800 && count < 1_200);
  }
}
