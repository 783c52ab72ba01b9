package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTypeTest {
  private static final MemoryType TYPE = new MemoryType(1_000L << 20);

  @ParameterizedTest
  @CsvSource({
    "1MiB,1048576",
    "1024KiB,1048576",
    "3GiB,3221225472",
    "10%,104857600",
    "90%,943718400",
  })
  void readsSizesAndPartsOfTheHeap(String text, long bytes) {
    assertThat(TYPE.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0%", "91%", "5", "1023KiB", "-1MiB", "1.5GiB", "5 %", "1TiB", "%"})
  void refusesOthers(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> TYPE.parse(text));
  }
}
