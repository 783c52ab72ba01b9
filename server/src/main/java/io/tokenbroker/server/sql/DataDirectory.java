package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of the embedded database, for this broker alone until it is closed. The operating
 * system lets go of the lock when the process ends, however it does.
 */
public final class DataDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DataDirectory.class);

  private static final String LOCK = "tokenbroker.lock";

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private final Path directory;
  private final FileChannel lock;

  private DataDirectory(Path directory, FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /**
   * Makes it if need be, for this user alone.
   *
   * @throws StoreStartException if it can't be used, or another broker does
   */
  public static DataDirectory open(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    if (absolute.toString().contains("?")) {
      throw refused(absolute, "has a question mark in its name. Choose another one");
    }
    make(absolute);
    refuseUnwritable(absolute);
    FileChannel lock = lock(absolute);
    try {
      refuseEarlierVersions(absolute);
      return new DataDirectory(absolute, lock);
    } catch (RuntimeException e) {
      close(lock);
      throw e;
    }
  }

  private static void make(Path absolute) {
    try {
      Path parent = absolute.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (!Files.isDirectory(absolute)) {
        Files.createDirectory(
            absolute,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      if (Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
        throw refused(
            absolute, "is no directory, or a link to none. Move it away, or choose another one");
      }
      throw refused(
          absolute,
          "can't be made (%s). Make it, or choose another one"
              .formatted(e.getClass().getSimpleName()));
    }
  }

  /**
   * What {@link #open} would find.
   *
   * @param there whether it has been made
   * @param inUse whether a broker uses it
   * @param mode empty if it is nobody's but this user's
   */
  public record Found(boolean there, boolean inUse, String mode) {}

  /**
   * Looks at it, and changes nothing.
   *
   * @throws StoreStartException if it can't be used
   */
  public static Found inspect(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    if (!Files.exists(absolute, LinkOption.NOFOLLOW_LINKS)) {
      Path above = absolute.getParent();
      while (above != null && !Files.exists(above)) {
        above = above.getParent();
      }
      if (above == null || !Files.isWritable(above)) {
        throw refused(absolute, "can't be made. Make it, or choose another one");
      }
      return new Found(false, false, "");
    }
    if (!Files.isDirectory(absolute)) {
      throw refused(
          absolute, "is no directory, or a link to none. Move it away, or choose another one");
    }
    refuseUnwritable(absolute);
    refuseEarlierVersions(absolute);
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(absolute);
      return new Found(
          true,
          isLocked(absolute),
          mode.stream().anyMatch(OTHERS::contains) ? PosixFilePermissions.toString(mode) : "");
    } catch (IOException e) {
      throw unlockable(absolute, e);
    }
  }

  private static boolean isLocked(Path absolute) throws IOException {
    Path file = absolute.resolve(LOCK);
    if (Files.notExists(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true; // a broker in this process
    }
  }

  private static void refuseUnwritable(Path absolute) {
    if (!Files.isWritable(absolute) || !Files.isExecutable(absolute)) {
      throw refused(
          absolute, "may not be written to by this user. Change that, or choose another one");
    }
  }

  private static StoreStartException unlockable(Path absolute, IOException e) {
    return refused(
        absolute,
        "can't be locked (%s). Check its disk, the room there and its permissions, or choose another one"
            .formatted(e.getClass().getSimpleName()));
  }

  /** Logs it if others may enter or read the directory. */
  public void warnOfOthers() {
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(directory);
      if (mode.stream().anyMatch(OTHERS::contains)) {
        log.atWarn()
            .addKeyValue("directory", directory)
            .addKeyValue("mode", PosixFilePermissions.toString(mode))
            .log("others may enter or read the data directory: chmod 700 it");
      }
    } catch (IOException e) {
      // what matters is told when the files are opened
    }
  }

  private static FileChannel lock(Path absolute) {
    try {
      FileChannel channel =
          FileChannel.open(
              absolute.resolve(LOCK),
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      boolean locked = false;
      try {
        locked = channel.tryLock() != null;
      } catch (OverlappingFileLockException e) {
        // a broker in this process
      } finally {
        if (!locked) {
          close(channel);
        }
      }
      if (locked) {
        return channel;
      }
    } catch (IOException e) {
      throw unlockable(absolute, e);
    }
    throw refused(
        absolute,
        "is in use: another broker already uses it. Stop that one, or give this one a directory of its own");
  }

  private static void refuseEarlierVersions(Path absolute) {
    if (Files.exists(absolute.resolve("tokenbroker.mv.db"))
        && Files.notExists(DatabaseSettings.embedded(absolute, 1).file())) {
      throw refused(
          absolute,
          "has the database of an earlier version of the broker (tokenbroker.mv.db, of H2), which"
              + " this one can't read. Take its tokens over as docs/operations.md tells, or choose"
              + " another one");
    }
  }

  private static StoreStartException refused(Path absolute, String remedy) {
    return new StoreStartException(
        "The data directory %s %s: %s".formatted(absolute, remedy, DatabaseSettings.FLAG));
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // the lock is gone all the same
    }
  }

  @Override
  public void close() {
    close(lock);
  }
}
