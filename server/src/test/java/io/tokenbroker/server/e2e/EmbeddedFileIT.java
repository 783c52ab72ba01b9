package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded database's files: who may read them, and those that no broker can use. */
class EmbeddedFileIT {
  private static final int DATABASE = 69;
  private static final List<String> OPEN_UMASK =
      List.of("sh", "-c", "umask 000; exec \"$@\"", "sh");

  @TempDir Path directory;
  private Path data;
  private Path file;

  @BeforeEach
  void name() throws IOException {
    data =
        Files.createDirectory(
            directory.resolve("data"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    file = data.resolve("tokenbroker.db");
  }

  private void use() throws InterruptedException {
    try (Broker broker = Broker.start(data);
        Caller caller = broker.caller()) {
      for (int i = 0; i < 20; i++) {
        assertThat(caller.add("account-" + i, 20, 1)).hasSize(20);
      }
      assertThat(broker.stop()).isZero();
    }
  }

  /** Returns the line that says why, which has to name the file and a way out. */
  private String refused(List<String> by) throws Exception {
    Map<Path, String> before = contents();
    String line = Refusal.of(by, data, DATABASE, Map.of());
    assertThat(contents()).isEqualTo(before);
    assertThat(line)
        .contains(data.toString(), "--data")
        .doesNotContain("database.url")
        .doesNotContain("TOKENBROKER_DB_URL");
    return line;
  }

  private String refused() throws Exception {
    return refused(List.of());
  }

  /** All files with their bytes, but the lock, and what SQLite needs beside one that it reads. */
  private Map<Path, String> contents() throws IOException {
    Map<Path, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(data)) {
      for (Path each : files.filter(Files::isRegularFile).toList()) {
        String name = each.getFileName().toString();
        boolean beside =
            name.endsWith(".lock")
                || name.endsWith("-shm")
                || (name.endsWith("-wal") && Files.size(each) == 0);
        if (!beside) {
          contents.put(each, new String(Files.readAllBytes(each), StandardCharsets.ISO_8859_1));
        }
      }
    }
    return contents;
  }

  @Test
  void damagedOnes() throws Exception {
    use();
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(1);
    byte[] noise = new byte[8_192];
    for (int offset : new int[] {0, whole.length / 2, whole.length - noise.length}) {
      random.nextBytes(noise);
      byte[] damaged = whole.clone();
      System.arraycopy(noise, 0, damaged, offset, noise.length);
      Files.write(file, damaged);
      assertThat(refused()).as("at " + offset).containsAnyOf("damaged", "no SQLite database");
      assertThat(refused()).contains("backup");
    }
    Files.write(file, whole);
    try (Broker broker = Broker.start(data);
        Caller caller = broker.caller()) {
      assertThat(caller.account("account-1").getTokenCount()).isEqualTo(20);
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void truncatedOnes() throws Exception {
    use();
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {50, 1_000, whole.length / 2, whole.length - 1_000}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(refused()).as("of " + length).contains("backup");
    }
    Files.write(file, new byte[0]);
    assertThat(refused()).contains("empty");
  }

  @Test
  void onesOfOtherPrograms() throws Exception {
    Files.writeString(file, "shopping: eggs, bread\n".repeat(500));
    assertThat(refused()).contains("no SQLite database");
    byte[] image = new byte[5_000];
    byte[] header = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    System.arraycopy(header, 0, image, 0, header.length);
    Files.write(file, image);
    assertThat(refused()).contains("no SQLite database");
    Files.delete(file);
    makeAnotherApplicationsDatabase();
    assertThat(refused()).contains("something else");
  }

  private void makeAnotherApplicationsDatabase() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      boolean unused = statement.execute("create table bookmark (url text, title text)");
      unused = statement.execute("insert into bookmark values ('http://a.example', 'a')");
    }
  }

  @Test
  void theOneOfAnEarlierVersion() throws Exception {
    Path earlier = data.resolve("tokenbroker.mv.db");
    Files.writeString(earlier, "H:2,block:8,blockSize:1000,chunk:6,clean:1,format:3\n");
    assertThat(refused()).contains("earlier version", "tokenbroker.mv.db", "docs/operations.md");
  }

  @Test
  void aDirectoryInItsPlace() throws Exception {
    Files.createDirectory(file);
    assertThat(refused()).contains(file.toString());
  }

  @Test
  void readOnlyOnes() throws Exception {
    use();
    List<String> by = BoundByModes.command();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    assertThat(refused(by)).contains("may not be");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r-x------"));
    assertThat(refused(by)).contains("may not be");
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    try (Broker broker = Broker.start(by, data, Map.of())) {
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void nobodyElseMayReadThemWhateverTheDirectoryAndTheUmask() throws Exception {
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    for (int start = 1; start <= 2; start++) {
      try (Broker broker = Broker.start(OPEN_UMASK, data, Map.of());
          Caller caller = broker.caller()) {
        assertThat(caller.add("a", 10, 1)).hasSize(10);
        assertThat(modes())
            .hasSizeGreaterThanOrEqualTo(3)
            .allSatisfy((name, mode) -> assertThat(mode).as(name).isEqualTo("rw-------"));
        assertThat(broker.log().lines())
            .filteredOn(line -> line.contains(data.toString()) && line.contains("WARN"))
            .hasSize(1)
            .allMatch(line -> line.contains("others may enter or read"));
        // the second time, the side files are there from before
        broker.kill();
      }
    }
  }

  private Map<String, String> modes() throws IOException {
    Map<String, String> modes = new TreeMap<>();
    try (Stream<Path> files = Files.list(data)) {
      files.forEach(each -> modes.put(each.getFileName().toString(), mode(each)));
    }
    return modes;
  }

  private static String mode(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aDirectoryThatItMakesIsForThisUserAlone() throws Exception {
    data = directory.resolve("new").resolve("data");
    try (Broker broker = Broker.start(OPEN_UMASK, data, Map.of())) {
      assertThat(mode(data)).isEqualTo("rwx------");
      assertThat(broker.log().lines()).noneMatch(line -> line.contains("WARN"));
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void aSecondBrokerLeavesTheFirstAlone() throws Exception {
    try (Broker broker = Broker.start(data);
        Caller caller = broker.caller()) {
      assertThat(caller.add("a", 3, 1)).hasSize(3);
      assertThat(Refusal.of(List.of(), data, DATABASE, Map.of()))
          .contains("nother broker", data.toString(), "--data");
      assertThat(caller.add("a", 3, 1)).hasSize(3);
      broker.kill();
    }
    try (Broker broker = Broker.start(data);
        Caller caller = broker.caller()) {
      assertThat(caller.account("a").getTokenCount()).isEqualTo(6);
      assertThat(broker.stop()).isZero();
    }
  }
}
