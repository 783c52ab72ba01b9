package io.tokenbroker.server.security;

import com.google.crypto.tink.Aead;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A file with a keyset, which nobody but its owner may read or write.
 *
 * @param wrap what the keyset is encrypted with in the file, if it is
 */
public record KeysetFile(Path path, Optional<Aead> wrap) {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  public boolean exists() {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * @throws KeysetException if it can't be used; the message begins with the file
   */
  public Keyset read() throws KeysetException {
    return parse(content());
  }

  /** The keyset that is in a content of the file. */
  public Keyset parse(String content) throws KeysetException {
    try {
      return Keyset.parse(content, wrap);
    } catch (KeysetException e) {
      throw refused(e);
    }
  }

  /**
   * What is in the file, to see whether it has changed.
   *
   * @throws KeysetException if others may read it, or nobody can
   */
  public String content() throws KeysetException {
    try {
      if (isPosix() && !OWNERS.containsAll(Files.getPosixFilePermissions(path))) {
        throw closed("may be read or written by others; chmod 600 it");
      }
      return text();
    } catch (NoSuchFileException e) {
      throw refused("does not exist");
    } catch (CharacterCodingException e) {
      throw refused("is no keyset of Tink in JSON");
    } catch (AccessDeniedException e) {
      throw closed("can't be read: permission denied; whom the broker runs as has to own it");
    } catch (IOException e) {
      throw refused("can't be read (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  private String text() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(Keyset.MAX_LENGTH + 1);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }
  }

  /**
   * Makes the file, which is on the disk when this returns.
   *
   * @throws KeysetException if it can't be made, is there, or is being made by somebody else
   */
  public void create(Keyset keyset) throws KeysetException {
    if (exists()) {
      throw refused("exists");
    }
    try {
      KeysetLock held = lock(path.toAbsolutePath());
      try (held) {
        if (exists()) {
          throw refused("exists");
        }
        write(keyset, false);
      }
    } catch (IOException e) {
      throw refused("can't be written (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  private KeysetLock lock(Path file) throws KeysetException, IOException {
    Optional<KeysetLock> lock = KeysetLock.tryTake(file);
    if (lock.isEmpty()) {
      throw refused(
          "is being changed by another tokenbroker keys. Wait until that has ended, and try again.");
    }
    return lock.get();
  }

  /** How long ago it was changed; empty if that is not known, or in the future. */
  public Optional<Duration> age(Instant now) {
    try {
      Duration age = Duration.between(Files.getLastModifiedTime(path).toInstant(), now);
      return age.isNegative() ? Optional.empty() : Optional.of(age);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What becomes of the keyset while nobody else may change it. */
  public interface Change {
    int of(Keyset now) throws KeysetException;
  }

  /**
   * Reads the file, and keeps others from changing it until the change is made.
   *
   * @throws KeysetException if another process is changing it, as if it can't be used
   */
  public int change(Change change) throws KeysetException {
    String unused = content(); // says best what is wrong with the file
    try {
      KeysetLock held = lock(path.toRealPath());
      try (held) {
        return change.of(read());
      }
    } catch (IOException e) {
      throw refused("can't be locked (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  /** Replaces what is in the file, as a whole or not at all. */
  public void replace(Keyset keyset) throws KeysetException {
    write(keyset, true);
  }

  private void write(Keyset keyset, boolean over) throws KeysetException {
    String json;
    try {
      json = keyset.json(wrap);
    } catch (KeysetException e) {
      throw refused(e);
    }
    try {
      // of a link: what it leads to
      Path file = over ? path.toRealPath() : path.toAbsolutePath();
      Path unfinished = Path.of(file + ".new");
      Files.deleteIfExists(unfinished);
      try (FileChannel channel =
          FileChannel.open(
              unfinished,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              attributes())) {
        if (over) {
          // who rotates may be root, and the broker somebody else
          Owners.copy(file, unfinished);
        }
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(json);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      if (over) {
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      } else {
        // fails if the file is there by now
        Files.move(unfinished, file);
      }
      Path directory = file.getParent();
      if (directory != null) {
        try (FileChannel channel = FileChannel.open(directory)) {
          channel.force(true);
        }
      }
    } catch (FileAlreadyExistsException e) {
      throw refused("exists");
    } catch (IOException e) {
      throw refused("can't be written (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  private FileAttribute<?>[] attributes() {
    return isPosix()
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PRIVATE)}
        : new FileAttribute<?>[0];
  }

  private boolean isPosix() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private KeysetException refused(String why) {
    return refused(new KeysetException(why));
  }

  private KeysetException closed(String why) {
    return refused(new KeysetException(why, KeysetException.Kind.CLOSED));
  }

  private KeysetException refused(KeysetException why) {
    return new KeysetException("%s %s".formatted(path, why.getMessage()), why.kind());
  }
}
