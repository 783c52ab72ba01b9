package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolUseTest {
  @TempDir Path directory;

  @Test
  void countsConnectionsAtWork() {
    try (Database database = Database.open(DatabaseSettings.embedded(directory, 3))) {
      PoolUse none = new PoolUse("own", 0, 3);
      assertThat(database.poolUse()).isEqualTo(none);
      assertThat(database.sql().<PoolUse>write(context -> database.poolUse()))
          .isEqualTo(new PoolUse("own", 1, 3));
      assertThat(database.poolUse()).isEqualTo(none);
      assertThatThrownBy(
              () ->
                  database
                      .sql()
                      .<PoolUse>write(
                          context -> {
                            throw new IllegalStateException("made up");
                          }))
          .isNotNull();
      assertThat(database.poolUse()).isEqualTo(none);
    }
  }
}
