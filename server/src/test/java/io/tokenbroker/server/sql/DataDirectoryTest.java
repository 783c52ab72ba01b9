package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.testing.LogLines;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataDirectoryTest {
  @TempDir Path directory;

  @Test
  void isMadeForThisUserAlone() throws IOException {
    Path data = directory.resolve("not yet/data");

    DataDirectory.open(data).close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
  }

  @Test
  void warnsThatOthersMayEnter() throws IOException {
    try (LogLines log = new LogLines(DataDirectory.class)) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      warn();
      assertThat(log.lines()).isEmpty();

      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
      DataDirectory.open(directory).close();
      assertThat(log.lines()).as("it may be refused yet").isEmpty();
      warn();
      assertThat(log.lines())
          .containsExactly(
              "WARN others may enter or read the data directory: chmod 700 it directory="
                  + directory
                  + " mode=rwx--x--x");
    }
  }

  private void warn() {
    try (DataDirectory opened = DataDirectory.open(directory)) {
      opened.warnOfOthers();
    }
  }

  @Test
  void isForOneBrokerInThisProcess() {
    DataDirectory first = DataDirectory.open(directory);
    assertRefused(directory, "another broker already uses it");
    first.close();
    DataDirectory.open(directory).close();
  }

  @Test
  void isForOneBrokerOfThisMachine() throws IOException {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherBroker.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (InputStream output = other.getInputStream()) {
      assertThat(output.read()).isEqualTo('!');

      assertRefused(directory, "another broker already uses it");
    } finally {
      other.destroyForcibly();
    }
  }

  /** Holds a directory until it is ended. */
  static final class OtherBroker {
    public static void main(String[] args) throws IOException {
      DataDirectory held = DataDirectory.open(Path.of(args[0]));
      System.out.print('!');
      System.out.flush();
      System.in.read();
      held.close();
    }
  }

  @Test
  void refusesTheDatabaseOfAnEarlierVersion() throws IOException {
    Path earlier = Files.writeString(directory.resolve("tokenbroker.mv.db"), "H:2,block:1");

    assertRefused(directory, "of an earlier version");

    assertThat(earlier).hasContent("H:2,block:1");
    assertThat(directory.resolve("tokenbroker.db")).doesNotExist();
    // taken over: the broker's own is there
    Database.open(DatabaseSettings.embedded(directory, 1)).close();
    DataDirectory.open(directory).close();
  }

  @Test
  void refusesOneThatItMayNotWriteTo() throws IOException {
    Path data = Files.createDirectory(directory.resolve("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeFalse(Files.isWritable(data), "this user may write everywhere");

    assertRefused(data, "may not be written to");
  }

  @Test
  void refusesOneThatCanNotBeMade() throws IOException {
    assertRefused(Files.createFile(directory.resolve("file")).resolve("data"), "can't be made");
  }

  @Test
  void refusesAFileInItsPlace() throws IOException {
    assertRefused(Files.createFile(directory.resolve("file")), "is no directory");
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
    assertRefused(link, "is no directory");
  }

  private static void assertRefused(Path data, String why) {
    assertThatThrownBy(() -> DataDirectory.open(data))
        .isInstanceOf(StoreStartException.class)
        .hasMessageStartingWith("The data directory " + data)
        .hasMessageContaining(why)
        .hasMessageEndingWith("--data (data, TOKENBROKER_DATA).")
        .hasMessageNotContaining("\n");
  }
}
