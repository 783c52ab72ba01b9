package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SqlErrorsTest {
  @ParameterizedTest
  @CsvSource({
    "08S01, 0, true", // the connection broke
    "S1009, 0, true", // and a statement with it, which was still to be used
    "08S01, 1047, true", // a node that has lost its cluster answers nothing
    "HY000, 1180, true", // or lost it while it committed
    "40001, 1213, false", // another node has committed before
    "42S02, 1146, false", // no such table
    "HY000, 1366, false", // a bad value
    ", 10, true", // SQLite: the disk
    ", 11, true", // a damaged page
    ", 13, false", // full: it can still be read
    ", 5, false" // somebody else writes
  })
  void tellsAnOutageFromAMistake(@Nullable String state, int code, boolean outage) {
    assertThat(SqlErrors.isUnavailable(new SQLException("made up", state, code))).isEqualTo(outage);
  }
}
