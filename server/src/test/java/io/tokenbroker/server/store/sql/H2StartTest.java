package io.tokenbroker.server.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.testing.TestDatabase;
import io.tokenbroker.server.token.AccountId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class H2StartTest extends StartContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.h2();

  @TempDir Path directory;

  @Override
  TestDatabase server() {
    return SERVER;
  }

  @Test
  void makesItsDirectoryForThisUserAlone() throws IOException {
    Path data = directory.resolve("not yet/data");

    Database.open(DatabaseSettings.embedded(data, 1)).close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
    assertThat(data.resolve("tokenbroker.mv.db")).exists();
  }

  @Test
  void hasStoredWhatItAnswered() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy"));
    Path data = directory.resolve("data");
    AccountId account = new AccountId("a");
    try (Database database = Database.open(DatabaseSettings.embedded(data, 1))) {
      new SqlTokenStore(database).addTokens(account, List.of(StoreContract.token("s")));
      // what a crash right now would leave
      Files.copy(data.resolve("tokenbroker.mv.db"), copy.resolve("tokenbroker.mv.db"));
    }

    try (Database database = Database.open(DatabaseSettings.embedded(copy, 1))) {
      assertThat(new SqlTokenStore(database).load(account).tokens()).hasSize(1);
    }
  }

  @Test
  void saysThatAnotherBrokerUsesIt() throws IOException {
    Path data = directory.resolve("data");
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherBroker.class.getName(),
                data.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (InputStream output = other.getInputStream()) {
      assertThat(output.read()).isEqualTo('!');

      assertRefused(DatabaseSettings.embedded(data, 1))
          .hasMessageContaining("Another broker already uses jdbc:h2:file:" + data);
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void refusesWhatIsNoDatabaseFile() throws IOException {
    Files.writeString(directory.resolve("tokenbroker.mv.db"), "not a database".repeat(1_000));

    assertRefused(DatabaseSettings.embedded(directory, 1))
        .hasMessageContaining("The database file of jdbc:h2:file:" + directory)
        .hasMessageContaining("is damaged")
        .hasMessageContaining("--data");
    // H2's own log, which would have stack traces
    assertThat(directory.resolve("tokenbroker.trace.db")).doesNotExist();
  }

  @Test
  void refusesADirectoryThatItMayNotWriteTo() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeFalse(Files.isWritable(data), "this user may write everywhere");

    assertThatThrownBy(() -> DatabaseSettings.embedded(data, 1))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("may not write to the data directory " + data)
        .hasMessageContaining("--data");
  }

  @Test
  void refusesAnUnknownKindOfUrl() {
    assertRefused(
            new DatabaseSettings(
                "database", "jdbc:postgresql://u:" + PASSWORD + "@h/b", "u", "", 1))
        .hasMessage(
            "database.url must begin with jdbc:mysql: (MySQL, MariaDB) or jdbc:h2:,"
                + " not with jdbc:postgresql:.");
  }

  @Test
  void refusesADirectoryThatCanNotBeMade() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> DatabaseSettings.embedded(file.resolve("data"), 1))
        .isInstanceOf(StoreStartException.class)
        .hasMessageContaining("data");
  }

  @Test
  void printsNoPassword() {
    assertThat(
            new DatabaseSettings(
                "database",
                "jdbc:mysql://u:" + PASSWORD + "@h/b?password=" + PASSWORD,
                "u",
                PASSWORD,
                1))
        .hasToString("DatabaseSettings[jdbc:mysql://h/b]");
  }

  @Test
  void theNewestMigrationIsKnown() throws IOException {
    for (int next : new int[] {Migrations.NEWEST, Migrations.NEWEST + 1}) {
      String prefix = "V" + next + "__";
      try (InputStream list = getClass().getResourceAsStream("/db/migration")) {
        assertThat(new String(list.readAllBytes(), StandardCharsets.UTF_8).lines())
            .filteredOn(name -> name.startsWith(prefix))
            .hasSize(next == Migrations.NEWEST ? 1 : 0);
      }
    }
  }

  /** Holds a database until it is ended. */
  static final class OtherBroker {
    public static void main(String[] args) throws IOException {
      Database.open(DatabaseSettings.embedded(Path.of(args[0]), 1));
      System.out.print('!');
      System.out.flush();
      System.in.read();
    }
  }
}
