package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JdbcUrlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:mysql://root:fake-pw@db/x",
        "jdbc:mysql://root:fa/ke-pw@db/x",
        "jdbc:mysql://root:fa@ke-pw@db/x",
        "jdbc:mysql://root:fa?ke-pw@db/x",
        "jdbc:mysql://root:fa;ke-pw@db/x",
        "jdbc:mysql://db/x?user=root&password=fake-pw",
        "jdbc:mysql://address=(host=db)(user=root)(password=fake-pw)/x",
        "jdbc:mysql://(host=db,password = fake-pw)/x",
        "jdbc:sqlite:/x?password=fake-pw"
      })
  void tellsWhereWithoutThePassword(String url) {
    assertThat(JdbcUrl.location(url)).startsWith("jdbc:").doesNotContain("ke-pw");
    assertThat(new DatabaseSettings("database", url, "root", "fake-pw", 1).toString())
        .doesNotContain("ke-pw");
    SQLException drivers = new SQLException("failed to parse '" + url + "'", "08001", 0);
    assertThat(SqlErrors.describe(drivers)).doesNotContain("ke-pw");
  }
}
