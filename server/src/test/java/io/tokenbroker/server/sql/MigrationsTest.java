package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationsTest {
  @TempDir private Path directory;

  private static final Pattern NUMBER = Pattern.compile("V(\\d+)__.*");

  @ParameterizedTest
  @ValueSource(strings = {"migration", "sqlite"})
  void theBrokerKnowsTheNewest(String set) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/db", set))) {
      assertThat(files.map(file -> number(file.getFileName().toString())))
          .isNotEmpty()
          .allSatisfy(number -> assertThat(number).isLessThanOrEqualTo(Migrations.NEWEST))
          .contains(Migrations.NEWEST);
    }
  }

  private static int number(String file) {
    Matcher matcher = NUMBER.matcher(file);
    assertThat(matcher.matches()).as(file).isTrue();
    return Integer.parseInt(matcher.group(1));
  }

  /** MySQL does it by itself; a column that is left out would never reach other brokers. */
  @Test
  void onSqliteEveryColumnOfATokenMovesItsUpdateTime() {
    try (Database database = Database.open(DatabaseSettings.embedded(directory, 1))) {
      String trigger =
          database
              .sql()
              .write(
                  context ->
                      context
                          .fetchSingle("SELECT sql FROM sqlite_master WHERE name = 'token_changed'")
                          .get(0, String.class));
      List<String> columns =
          database
              .sql()
              .write(
                  context ->
                      context.fetch("SELECT name FROM pragma_table_info('token')").stream()
                          .map(row -> row.get(0, String.class))
                          .toList());
      String heeded = trigger.replaceFirst("(?s).*AFTER UPDATE OF (.*?) ON token.*", "$1");
      assertThat(columns)
          // the same secret with another key is no change; the rest nobody sets
          .filteredOn(column -> !column.matches("id|update_time|sealed_secret|sealed_key"))
          .isNotEmpty()
          .allSatisfy(column -> assertThat(heeded.split(", ")).contains(column));
    }
  }
}
