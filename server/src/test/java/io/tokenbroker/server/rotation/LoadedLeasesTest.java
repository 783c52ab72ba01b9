package io.tokenbroker.server.rotation;

import static io.tokenbroker.server.rotation.Fixtures.ACCOUNT;
import static io.tokenbroker.server.rotation.Fixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.TokenId;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tokens that are leased as they are loaded. */
final class LoadedLeasesTest {
  private final Bed bed = new Bed(tokens(1));

  @Test
  void aTokenThatComesWithARefreshMayBeLeased() {
    assertThat(bed.take("", 2)).containsExactly("1", "1");
    bed.elsewhere = Map.of(new TokenId("2"), new RemoteHolds(1, bed.now().plusSeconds(5), 1));
    bed.refresh(tokens(3));
    assertThat(bed.take("", 4)).containsExactly("3", "1", "3", "1");
    assertThat(bed.state("2").benched()).isEqualTo(BenchReason.LEASED);
    // what was read before newer news came changes nothing
    bed.table.leasedElsewhere(ACCOUNT, new TokenId("2"), new RemoteHolds(0, Instant.MAX, 2));
    bed.refresh(tokens(3));
    assertThat(bed.take("", 3)).containsExactly("2", "3", "1");
  }

  @Test
  void whatIsSaidOfLeasesWhileTheirTokensAreLoadedIsNotLost() {
    TokenId two = new TokenId("2");
    TokenId three = new TokenId("3");
    assertThat(bed.take("", 2)).containsExactly("1", "1");
    bed.elsewhere = Map.of(two, new RemoteHolds(1, bed.now().plusSeconds(5), 1));
    bed.afterElsewhere =
        () -> {
          bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(0, Instant.MAX, 3));
          bed.table.leasedElsewhere(ACCOUNT, two, new RemoteHolds(1, bed.now(), 2));
          bed.table.granted(ACCOUNT, three, new RemoteHolds(1, bed.now().plusSeconds(5), 4));
        };
    bed.refresh(tokens(3));
    assertThat(bed.take("", 3)).containsExactly("2", "1", "2");
    assertThat(bed.state("3").benched()).isEqualTo(BenchReason.LEASED);
    // of later loads it is not new
    bed.elsewhere = Map.of();
    bed.table.leasedElsewhere(ACCOUNT, three, new RemoteHolds(0, Instant.MAX, 5));
    bed.refresh(tokens(3));
    assertThat(bed.take("", 3)).containsExactly("3", "1", "2");
  }
}
