package io.tokenbroker.server.backup;

import com.google.gson.JsonParseException;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.tokenbroker.server.store.RowSource;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** A backup that was made by {@link BackupWriter}. Not thread-safe. */
public final class Backup implements RowSource, AutoCloseable {
  /** More than a manifest of ten tables has. */
  private static final int LONGEST_MANIFEST = 1 << 20;

  private final Path file;
  private final ZipFile zip;
  private final Manifest manifest;

  private Backup(Path file, ZipFile zip, Manifest manifest) {
    this.file = file;
    this.zip = zip;
    this.manifest = manifest;
  }

  /** Reads all of it, and compares it with what its manifest says. */
  public static Backup open(Path file) throws BackupException, IOException {
    ZipFile zip = zip(file);
    boolean opened = false;
    try {
      Backup backup = new Backup(file, zip, manifest(zip));
      for (Manifest.Part part : backup.manifest.parts()) {
        backup.check(part);
      }
      opened = true;
      return backup;
    } catch (BackupException e) {
      throw new BackupException(file + " " + e.getMessage());
    } finally {
      if (!opened) {
        zip.close();
      }
    }
  }

  private static ZipFile zip(Path file) throws BackupException, IOException {
    try {
      return new ZipFile(file.toFile());
    } catch (NoSuchFileException e) {
      throw new BackupException("There is no file " + file);
    } catch (ZipException | EOFException e) {
      throw new BackupException(
          file + " is no backup, or not all of one: it ends too early, or was changed");
    }
  }

  private static Manifest manifest(ZipFile zip) throws BackupException, IOException {
    ZipEntry entry = zip.getEntry(BackupWriter.MANIFEST);
    if (entry == null) {
      throw new BackupException("is no backup: it has no " + BackupWriter.MANIFEST);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return Manifest.parse(new String(in.readNBytes(LONGEST_MANIFEST), StandardCharsets.UTF_8));
    } catch (ZipException | EOFException e) {
      throw new BackupException("was changed: its manifest can't be read");
    }
  }

  private void check(Manifest.Part part) throws BackupException, IOException {
    MessageDigest digest = BackupWriter.sha256();
    long lines = 0;
    try (InputStream in = new DigestInputStream(part(part), digest)) {
      byte[] buffer = new byte[1 << 16];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        for (int i = 0; i < read; i++) {
          lines += buffer[i] == '\n' ? 1 : 0;
        }
      }
    } catch (ZipException | EOFException e) {
      throw changed(part);
    }
    boolean counted = part.name().equals(Manifest.Part.POLICY) || lines == part.rows();
    if (!counted || !HexFormat.of().formatHex(digest.digest()).equals(part.sha256())) {
      throw changed(part);
    }
  }

  private static BackupException changed(Manifest.Part part) {
    return new BackupException("was changed: %s is not what was written".formatted(part.file()));
  }

  private InputStream part(Manifest.Part part) throws BackupException, IOException {
    ZipEntry entry = zip.getEntry(part.file());
    if (entry == null) {
      throw new BackupException("was changed: %s is missing".formatted(part.file()));
    }
    return zip.getInputStream(entry);
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The policy file, if there was one. */
  public Optional<byte[]> policy() throws IOException {
    Optional<Manifest.Part> policy = manifest.part(Manifest.Part.POLICY);
    if (policy.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = part(policy.get())) {
      return Optional.of(in.readAllBytes());
    } catch (BackupException e) {
      throw new IOException(file + " " + e.getMessage(), e);
    }
  }

  @Override
  public List<String> columns(String table) {
    return manifest.part(table).map(Manifest.Part::columns).orElse(List.of());
  }

  @Override
  public void forEachRow(String table, RowAction action) throws IOException {
    Optional<Manifest.Part> part = manifest.part(table);
    if (part.isEmpty()) {
      return;
    }
    try (InputStream in = part(part.get());
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        action.on(values(line));
      }
    } catch (BackupException | JsonParseException | IllegalStateException e) {
      throw new IOException("%s: table %s can't be read".formatted(file, table), e);
    }
  }

  private static List<@Nullable String> values(String line) throws IOException {
    List<@Nullable String> values = new ArrayList<>();
    try (JsonReader json = new JsonReader(new StringReader(line))) {
      json.beginArray();
      while (json.hasNext()) {
        if (json.peek() == JsonToken.NULL) {
          json.nextNull();
          values.add(null);
        } else {
          values.add(json.nextString());
        }
      }
      json.endArray();
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
