package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Properties;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MySqlUrlTest {
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
    assertThat(MySqlUrl.location(url)).startsWith("jdbc:").doesNotContain("ke-pw");
    assertThat(new DatabaseSettings("database", url, "root", "fake-pw", 1).toString())
        .doesNotContain("ke-pw");
    SQLException drivers = new SQLException("failed to parse '" + url + "'", "08001", 0);
    assertThat(SqlErrors.describe(drivers)).doesNotContain("ke-pw");
  }

  /** Else it would read 5,000 question marks again for each thousand positions. */
  @Test
  void theDriverKeepsTheLongestStatement() {
    Properties driver =
        new MySqlUrl(new DatabaseSettings("database", "jdbc:mysql://db/x", "root", "", 1), true)
            .properties();
    String longest = PositionRows.UPSERT.sql(DSL.using(SQLDialect.MYSQL), Chunks.SIZE);
    assertThat(longest.length())
        .isLessThan(Integer.parseInt(driver.getProperty(MySqlUrl.LONGEST_KEPT)));
  }
}
