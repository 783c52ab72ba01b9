package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class SqliteStartTest extends StartContract {
  @RegisterExtension static final TestDatabase SERVER = TestDatabase.sqlite();

  private static final AccountId ACCOUNT = new AccountId("a");

  @TempDir Path directory;
  private DatabaseSettings embedded;
  private Path file;

  @Override
  TestDatabase server() {
    return SERVER;
  }

  @BeforeEach
  void name() {
    embedded = DatabaseSettings.embedded(directory, 1);
    file = directory.resolve("tokenbroker.db");
  }

  @Test
  void itsFilesAreForThisUserAlone() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    try (Database database = Database.open(embedded)) {
      addTokens(database, 1);
      assertThat(modes()).containsExactly("rw-------", "rw-------", "rw-------");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    try (Database database = Database.open(embedded)) {
      addTokens(database, 2);
      assertThat(modes()).containsExactly("rw-------", "rw-------", "rw-------");
    }
  }

  private List<String> modes() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(SqliteStartTest::mode).toList();
    }
  }

  private static String mode(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void hasStoredWhatItAnswered() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("copy"));
    try (Database database = Database.open(embedded)) {
      addTokens(database, 1);
      // what a crash right now would leave
      Files.copy(file, copy.resolve("tokenbroker.db"));
      Files.copy(directory.resolve("tokenbroker.db-wal"), copy.resolve("tokenbroker.db-wal"));
    }

    try (Database database = Database.open(DatabaseSettings.embedded(copy, 1))) {
      assertThat(tokens(database)).isEqualTo(1);
    }
  }

  @Test
  void asksTheDiskBeforeItAnswers() throws Exception {
    try (Database database = Database.open(embedded)) {
      assertThat(onWriter(database, "pragma synchronous")).isEqualTo("2");
      assertThat(onWriter(database, "pragma journal_mode")).isEqualTo("wal");
    }
  }

  private static Object onWriter(Database database, String pragma) {
    return database.sql().write(context -> context.fetchSingle(pragma).get(0, String.class));
  }

  @Test
  void theWalDoesNotGrowForEver() throws IOException {
    try (Database database = Database.open(embedded)) {
      SqlTokenStore store = new SqlTokenStore(database);
      String secret = "x".repeat(4_000);
      for (int i = 0; i < 20; i++) {
        String number = Integer.toString(i);
        // 2 MB each
        store.addTokens(
            ACCOUNT,
            IntStream.range(0, 500)
                .mapToObj(j -> StoreContract.token(secret + number + "." + j))
                .toList());
      }
      assertThat(Files.size(directory.resolve("tokenbroker.db-wal"))).isLessThan(16 << 20);
    }
    assertThat(directory.resolve("tokenbroker.db-wal")).doesNotExist();
  }

  @Test
  void doesNotMindWhatACrashedFirstStartHasLeft() throws IOException {
    Files.writeString(directory.resolve("tokenbroker.db.new"), "half of");
    Files.writeString(directory.resolve("tokenbroker.db.new-journal"), "a database");
    try (Database database = Database.open(embedded)) {
      addTokens(database, 1);
    }
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    Files.createFile(file);
    assertRefusedUntouched("is empty");
    Files.writeString(file, "x");
    assertRefusedUntouched("is empty");
  }

  @Test
  void refusesWhatIsNoDatabase() throws IOException {
    Files.writeString(file, "not a database".repeat(1_000));
    assertRefusedUntouched("is no SQLite database");
    Files.writeString(file, "xy");
    assertRefusedUntouched("is no SQLite database");
  }

  /** As sqlite3 makes of a file that is not there. */
  @Test
  void refusesADatabaseWithoutTables() throws Exception {
    try (var connection = java.sql.DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement = connection.createStatement()) {
      statement.execute("vacuum");
    }
    assertRefusedUntouched("has no tables");
  }

  @Test
  void refusesADatabaseThatIsCutShort() throws IOException {
    byte[] whole = aDatabase();
    for (int length : new int[] {50, 100, 4_096, 10_000, whole.length / 2, whole.length - 4_096}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefusedUntouched("put a backup in its place");
    }
  }

  @Test
  void refusesADamagedDatabase() throws IOException {
    byte[] whole = aDatabase();
    for (int start : new int[] {0, 100, 4_096, whole.length / 2, whole.length - 4_096}) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, start, start + 4_000, (byte) 0xa5);
      Files.write(file, damaged);
      assertRefusedUntouched("put a backup in its place");
    }
  }

  @Test
  void refusesWhatIsLeftOfADatabaseThatIsGone() throws IOException {
    aDatabase();
    Files.writeString(directory.resolve("tokenbroker.db-wal"), "the newest changes");
    Files.delete(file);
    assertRefused(embedded).hasMessageContaining("is gone").hasMessageContaining("--data");
    assertThat(file).doesNotExist();
  }

  @Test
  void refusesADirectoryInTheFilesPlace() throws IOException {
    Files.createDirectory(file);
    assertRefused(embedded).hasMessageContaining("is no file").hasMessageContaining("--data");
  }

  private byte[] aDatabase() throws IOException {
    try (Database database = Database.open(embedded)) {
      addTokens(database, 500);
    }
    return Files.readAllBytes(file);
  }

  private void assertRefusedUntouched(String what) throws IOException {
    byte[] before = Files.readAllBytes(file);
    assertRefused(embedded)
        .hasMessageContaining("The database file " + file)
        .hasMessageContaining(what)
        .hasMessageContaining("or choose another directory: --data (data, TOKENBROKER_DATA).");
    assertThat(file).hasBinaryContent(before);
  }

  @Test
  void namesTheKeyOfAnotherFile() {
    DatabaseSettings given =
        new DatabaseSettings("credentials", "jdbc:sqlite:" + directory, "", "", 1);
    assertThatThrownBy(() -> Database.openReadOnly(given, new CompletableFuture<>()))
        .hasMessageContaining("choose another one in credentials.url");
  }

  @Test
  void refusesAnUnknownKindOfUrl() {
    assertRefused(
            new DatabaseSettings(
                "database", "jdbc:postgresql://u:" + PASSWORD + "@h/b", "u", "", 1))
        .hasMessage(
            "database.url must begin with jdbc:mysql: (MySQL, MariaDB) or jdbc:sqlite:,"
                + " not with jdbc:postgresql:.");
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
    for (String folder : new String[] {"/db/migration", "/db/sqlite"}) {
      for (int next : new int[] {Migrations.NEWEST, Migrations.NEWEST + 1}) {
        String prefix = "V" + next + "__";
        try (InputStream list = getClass().getResourceAsStream(folder)) {
          assertThat(new String(list.readAllBytes(), StandardCharsets.UTF_8).lines())
              .filteredOn(name -> name.startsWith(prefix))
              .hasSize(next == Migrations.NEWEST ? 1 : 0);
        }
      }
    }
  }

  private static void addTokens(Database database, int count) {
    new SqlTokenStore(database)
        .addTokens(
            ACCOUNT,
            IntStream.range(0, count)
                .mapToObj(i -> StoreContract.token("made-up secret " + i))
                .toList());
  }

  private static int tokens(Database database) {
    return new SqlTokenStore(database).load(ACCOUNT).tokens().size();
  }
}
