package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

/** What becomes of a time that is written into a statement. */
class UtcBindingTest {
  private static final Instant TIME = Instant.parse("2031-03-31T02:30:00.123456Z");

  private static String inlined(SQLDialect dialect) {
    return DSL.using(dialect).renderInlined(LEASE.EXPIRE_TIME.eq(TIME));
  }

  @Test
  void sqliteHasItAsItIsStored() {
    assertThat(inlined(SQLDialect.SQLITE)).contains("'" + SqliteTime.write(TIME) + "'");
  }

  @Test
  void serversHaveItInUtc() {
    assertThat(inlined(SQLDialect.MYSQL)).contains("2031-03-31 02:30:00.123456");
    assertThat(inlined(SQLDialect.MARIADB)).contains("2031-03-31 02:30:00.123456");
  }
}
