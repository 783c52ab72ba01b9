package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.jooq.SQLDialect;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowLimitTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a FROM t LIMIT 2",
        "SELECT a FROM t\nLimit\t2",
        "SELECT a FROM t WHERE (b = 1)LIMIT 2, 3",
        "SELECT a FROM t LIMIT/* few */2",
        "SELECT a FROM t LIMIT 2 OFFSET 4 FOR UPDATE",
        "SELECT a FROM t LIMIT 2 -- few",
        "SELECT a FROM t -- it's\nLIMIT 2",
        "SELECT a FROM t WHERE b = 'it''s' LIMIT 2",
        "SELECT a FROM t UNION SELECT b FROM u LIMIT 2",
        "SELECT a FROM t FETCH FIRST 2 ROWS ONLY",
        "SELECT a FROM t OFFSET 1 ROW FETCH NEXT ROW ONLY",
      })
  void findsALimitOfTheWholeQuery(String query) {
    assertThat(RowLimit.of(query, SQLDialect.MYSQL)).isNotEmpty();
    assertThat(RowLimit.of(query, SQLDialect.MARIADB)).isNotEmpty();
    assertThat(RowLimit.of(query, SQLDialect.SQLITE)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a FROM t",
        "SELECT a FROM t WHERE b IN (SELECT b FROM u LIMIT 2)",
        "SELECT a FROM (SELECT a FROM t LIMIT 2) AS u",
        "SELECT a FROM t WHERE b = ' LIMIT 2'",
        "SELECT a FROM t WHERE b = 'it''s LIMIT 2'",
        "SELECT a FROM t WHERE b = \" LIMIT 2\"",
        "SELECT ` LIMIT 2` FROM t",
        "SELECT t.limit AS weight FROM t",
        "SELECT t . limit FROM t",
        "SELECT rate_limit, limit_2, `limit` FROM t",
        "SELECT a FROM t -- LIMIT 2",
        "SELECT a /* LIMIT 2 */ FROM t",
        "SELECT a FROM t WHERE b = ')' AND c IN (')', 'x LIMIT 2')",
      })
  void leavesAloneWhatIsNone(String query) {
    assertThat(RowLimit.of(query, SQLDialect.MYSQL)).isEmpty();
    assertThat(RowLimit.of(query, SQLDialect.MARIADB)).isEmpty();
    assertThat(RowLimit.of(query, SQLDialect.SQLITE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a FROM t WHERE b = 'it\\'s LIMIT 2'",
        "SELECT a FROM t # LIMIT 2",
        "SELECT a FROM t WHERE b = \"it\\\"s LIMIT 2\"",
      })
  void readsTextsAndCommentsAsMySqlDoes(String query) {
    assertThat(RowLimit.of(query, SQLDialect.MYSQL)).isEmpty();
    assertThat(RowLimit.of(query, SQLDialect.MARIADB)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT a FROM t WHERE b = '\\' LIMIT 2", "SELECT a FROM t WHERE b = '#' LIMIT 2"})
  void readsTextsAsSqliteDoes(String query) {
    assertThat(RowLimit.of(query, SQLDialect.SQLITE)).isNotEmpty();
  }
}
