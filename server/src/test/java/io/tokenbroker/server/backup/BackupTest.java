package io.tokenbroker.server.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is read again; what is not whole, or was changed, is refused. */
class BackupTest {
  private static final Instant NOW = Instant.parse("2031-01-01T00:00:00.5Z");
  private static final SortedSet<Long> KEYS = new TreeSet<>(List.of(0L, 5L));

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void write() throws Exception {
    file = directory.resolve("backup.zip");
    try (BackupWriter writer = BackupWriter.create(file)) {
      writer.table("token", List.of("id", "account"));
      writer.row(List.of("1", "Zürich\n\"quoted\"\u2028"));
      writer.row(Arrays.asList("2", null));
      writer.table("lease", List.of("id"));
      writer.policy("rules: []\n".getBytes(StandardCharsets.UTF_8));
      Manifest unused = writer.finish(parts -> new Manifest(9, "1.2", NOW, "SQLite", KEYS, parts));
    }
  }

  private static List<List<@Nullable String>> rows(Backup backup, String table) throws IOException {
    List<List<@Nullable String>> rows = new ArrayList<>();
    backup.forEachRow(table, rows::add);
    return rows;
  }

  @Test
  void whatIsWrittenIsReadAgain() throws Exception {
    try (Backup backup = Backup.open(file)) {
      assertThat(backup.columns("token")).containsExactly("id", "account");
      for (int time = 0; time < 2; time++) {
        assertThat(rows(backup, "token"))
            .containsExactly(List.of("1", "Zürich\n\"quoted\"\u2028"), Arrays.asList("2", null));
      }
      assertThat(rows(backup, "lease")).isEmpty();
      assertThat(rows(backup, "unknown")).isEmpty();
      assertThat(backup.policy()).hasValueSatisfying(text -> assertThat(text).hasSize(10));
      Manifest manifest = backup.manifest();
      assertThat(manifest.keys()).isEqualTo(KEYS);
      assertThat(manifest.createTime()).isEqualTo(NOW);
      assertThat(manifest.rows("token")).isEqualTo(2);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void oneThatIsThereStaysAndWhatIsNotFinishedGoes() throws Exception {
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> BackupWriter.create(file))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("exists already");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);

    try (BackupWriter writer = BackupWriter.create(directory.resolve("other.zip"))) {
      writer.table("token", List.of("id"));
    }
    try (var left = Files.list(directory)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void twoAtOnceDoNotMixUp() throws Exception {
    Path other = directory.resolve("other.zip");
    try (BackupWriter one = BackupWriter.create(other);
        BackupWriter two = BackupWriter.create(other)) {
      one.table("token", List.of("id"));
      two.table("lease", List.of("id"));
      Manifest unused =
          one.finish(
              parts -> new Manifest(9, "", NOW, "SQLite", Collections.emptySortedSet(), parts));
      assertThatThrownBy(
              () ->
                  two.finish(
                      parts ->
                          new Manifest(9, "", NOW, "SQLite", Collections.emptySortedSet(), parts)))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    try (Backup backup = Backup.open(other)) {
      assertThat(backup.columns("token")).containsExactly("id");
    }
    try (var left = Files.list(directory)) {
      assertThat(left).containsExactlyInAnyOrder(file, other);
    }
  }

  @Test
  void whereverItEndsItIsRefusedAsNotWhole() throws Exception {
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));

      assertThatThrownBy(() -> Backup.open(file))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(BackupException.class)
          .hasMessageStartingWith(file.toString());
    }
  }

  @Test
  void aByteThatWasChangedIsFoundOrMakesNoDifference() throws Exception {
    byte[] whole = Files.readAllBytes(file);
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= 0x55;
      Files.write(file, changed);
      try (Backup backup = Backup.open(file)) {
        // a date, or what else a zip file says of its files: nothing of what is in them
        assertThat(rows(backup, "token").get(0).get(1)).startsWith("Zürich");
        assertThat(backup.manifest().rows("token")).isEqualTo(2);
      } catch (BackupException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(whole.length / 3);
  }

  /** As somebody does who unpacks it, edits it and packs it again. */
  private void edit(String part, UnaryOperator<String> edit) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + file.toUri()), Map.of())) {
      Path inside = zip.getPath(part);
      Files.writeString(inside, edit.apply(Files.readString(inside)));
    }
  }

  private void assertRefused(String why) {
    assertThatThrownBy(() -> Backup.open(file))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining(why);
  }

  @Test
  void aRowThatWasEditedIsNamed() throws Exception {
    edit("tables/token.jsonl", text -> text.replace("Zürich", "Zuerich"));

    assertRefused("was changed: tables/token.jsonl is not what was written");
  }

  @Test
  void aRowLessIsFoundWhateverTheManifestSays() throws Exception {
    edit("manifest.json", text -> text.replace("\"rows\": 2", "\"rows\": 3"));

    assertRefused("was changed: tables/token.jsonl is not what was written");
  }

  @Test
  void aTableThatIsMissingIsNamed() throws Exception {
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + file.toUri()), Map.of())) {
      Files.delete(zip.getPath("tables/lease.jsonl"));
    }

    assertRefused("was changed: tables/lease.jsonl is missing");
  }

  @Test
  void anotherFormatIsForAnotherVersion() throws Exception {
    edit("manifest.json", text -> text.replace("\"format\": 1", "\"format\": 2"));

    assertRefused("is of another format (2; this version knows 1)");
  }

  @Test
  void whatIsNoManifestIsSaidToBeNone() throws Exception {
    for (String text :
        List.of("", "[]", "{}", "{\"format\":\"x\"}", "{\"format\":1,\"keys\":{}}")) {
      edit("manifest.json", any -> text);
      assertRefused("has a manifest that can't be read");
    }
  }

  @Test
  void anyOtherFileIsNone() throws Exception {
    Files.writeString(file, "insert into token\n");
    assertRefused("is no backup, or not all of one");

    try (FileSystem zip =
        FileSystems.newFileSystem(
            URI.create("jar:" + directory.resolve("any.zip").toUri()), Map.of("create", "true"))) {
      Files.writeString(zip.getPath("readme"), "hello");
    }
    file = directory.resolve("any.zip");
    assertRefused("is no backup: it has no manifest.json");

    file = directory.resolve("none.zip");
    assertRefused("There is no file");
  }
}
