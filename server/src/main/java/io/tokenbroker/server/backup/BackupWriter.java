package io.tokenbroker.server.backup;

import com.google.gson.stream.JsonWriter;
import io.tokenbroker.server.store.RowSink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a backup: a zip file with a manifest, a file of lines for each table, each of which is a
 * JSON array of texts, and the policy. Only this user may read it. It has another name until it is
 * whole and on the disk. Not thread-safe.
 */
public final class BackupWriter implements RowSink, AutoCloseable {
  static final String MANIFEST = "manifest.json";

  private final Path file;
  private final Path unfinished;
  private final FileChannel channel;
  private final ZipOutputStream zip;
  private final List<Manifest.Part> parts = new ArrayList<>();
  private @Nullable Table table;

  private BackupWriter(Path file, Path unfinished, FileChannel channel) {
    this.file = file;
    this.unfinished = unfinished;
    this.channel = channel;
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    this.zip = new ZipOutputStream(out);
  }

  /**
   * @param file must not exist
   */
  public static BackupWriter create(Path file) throws BackupException, IOException {
    if (Files.exists(file)) {
      throw new BackupException(file + " exists already: move it away, or choose another name");
    }
    Path unfinished =
        file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".unfinished");
    FileChannel channel =
        FileChannel.open(
            unfinished,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return new BackupWriter(file, unfinished, channel);
  }

  @Override
  public void table(String name, List<String> columns) throws IOException {
    endTable();
    table = new Table(name, columns);
  }

  @Override
  public void row(List<@Nullable String> values) throws IOException {
    Table open = table;
    if (open == null) {
      throw new IllegalStateException("a row of no table");
    }
    open.row(values);
  }

  /**
   * @param text the file as it is
   */
  public void policy(byte[] text) throws IOException {
    endTable();
    table = new Table(Manifest.Part.POLICY, List.of());
    table.digested.write(text);
  }

  private void endTable() throws IOException {
    if (table != null) {
      parts.add(table.end());
      table = null;
    }
  }

  /**
   * The backup is whole; reads all of it again.
   *
   * @param manifest makes it of what there is
   */
  public Manifest finish(Function<List<Manifest.Part>, Manifest> manifest)
      throws BackupException, IOException {
    endTable();
    Manifest made = manifest.apply(parts);
    zip.putNextEntry(new ZipEntry(MANIFEST));
    zip.write(made.toJson().getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
    zip.finish();
    zip.flush();
    channel.force(true);
    channel.close();
    Backup.open(unfinished).close();
    Files.move(unfinished, file);
    sync(file.toAbsolutePath().getParent());
    return made;
  }

  /** So that the name lasts as well. */
  private static void sync(@Nullable Path directory) throws IOException {
    if (directory != null) {
      try (FileChannel open = FileChannel.open(directory, StandardOpenOption.READ)) {
        open.force(true);
      }
    }
  }

  /** What was not finished goes. */
  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(unfinished);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has it", e);
    }
  }

  private final class Table {
    final String name;
    final List<String> columns;
    final MessageDigest digest = sha256();
    final DigestOutputStream digested;
    final Writer text;
    long rows;

    Table(String name, List<String> columns) throws IOException {
      this.name = name;
      this.columns = columns;
      zip.putNextEntry(new ZipEntry(new Manifest.Part(name, columns, 0, "").file()));
      digested = new DigestOutputStream(zip, digest);
      text = new OutputStreamWriter(digested, StandardCharsets.UTF_8);
    }

    void row(List<@Nullable String> values) throws IOException {
      JsonWriter json = new JsonWriter(text);
      json.setSerializeNulls(true);
      json.beginArray();
      for (String value : values) {
        json.value(value);
      }
      json.endArray();
      json.flush();
      text.write('\n');
      rows++;
    }

    Manifest.Part end() throws IOException {
      text.flush();
      zip.closeEntry();
      return new Manifest.Part(name, columns, rows, HexFormat.of().formatHex(digest.digest()));
    }
  }
}
