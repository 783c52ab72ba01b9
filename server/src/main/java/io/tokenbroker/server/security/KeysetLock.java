package io.tokenbroker.server.security;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * That of all who change a keyset file one is at it, from reading it until it is replaced. An empty
 * file beside it is locked, as it goes away itself when it is replaced; the operating system lets
 * go when the process ends, however it does.
 */
public final class KeysetLock implements AutoCloseable {
  private static final String SUFFIX = ".lock";

  private final FileChannel channel;

  private KeysetLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Empty if somebody else has it.
   *
   * @param keyset the file itself, not a link to it
   */
  static Optional<KeysetLock> tryTake(Path keyset) throws IOException {
    Path path = Path.of(keyset + SUFFIX);
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    boolean made = true;
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
    } catch (FileAlreadyExistsException e) {
      made = false;
      // who changes keys may be root: a link would have it open somebody's choice
      channel = FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    }
    try {
      if (made && Files.exists(keyset, LinkOption.NOFOLLOW_LINKS)) {
        // and next time somebody else
        Owners.copy(keyset, path);
      }
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new KeysetLock(channel));
      }
    } catch (OverlappingFileLockException e) {
      // by this very process
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
