package io.tokenbroker.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeaseTimesTest {
  private static final String GRANTED =
      """
      {"seq":1,"prev":"","type":"lease","time":"2030-01-01T00:00:00Z","event":"granted","caller":"key:a",\
      "account":"github","lease_id":"x","token":"17","expire_time":"2030-01-01T00:01:00Z"}
      """;

  @TempDir private Path directory;

  private int holders(String ended, String at) throws Exception {
    String line =
        """
        {"seq":2,"prev":"","type":"lease","time":"%s","event":"released","caller":"key:a","lease_id":"x"}
        """
            .formatted(ended);
    Path file = Files.writeString(directory.resolve("audit.jsonl"), GRANTED + line);
    List<AuditReader.HandOut> found = new ArrayList<>();
    AuditReader.of(List.of(file))
        .who("github", "17", Optional.of(Instant.parse(at)), Duration.ZERO, found::add);
    return found.size();
  }

  @Test
  void aReleaseEndsALease() throws Exception {
    assertThat(holders("2030-01-01T00:00:30Z", "2030-01-01T00:00:20Z")).isEqualTo(1);
    assertThat(holders("2030-01-01T00:00:30Z", "2030-01-01T00:00:40Z")).isZero();
  }

  @Test
  void whatHasExpiredIsNotHeldUntilItIsReleased() throws Exception {
    assertThat(holders("2030-01-01T01:00:00Z", "2030-01-01T00:00:40Z")).isEqualTo(1);
    assertThat(holders("2030-01-01T01:00:00Z", "2030-01-01T00:30:00Z")).isZero();
  }
}
