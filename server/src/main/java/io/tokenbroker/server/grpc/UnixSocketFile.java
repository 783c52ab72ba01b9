package io.tokenbroker.server.grpc;

import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket in the file system. It is bound in a directory that nobody else may enter, and put
 * in its place once it has its mode: nobody can connect before. The socket of a broker that is dead
 * is replaced, one that somebody listens on is not, nor any other file.
 */
final class UnixSocketFile {
  /** Of a mode, as stat has it. */
  private static final int TYPE = 0170000;

  private static final int SOCKET = 0140000;

  private final Path path;
  private final Set<PosixFilePermission> mode;
  private final Path workshop;
  private final Path lockFile;
  private @Nullable Object key;

  /** From the look at what is there until this one is in its place. */
  private @Nullable FileChannel lock;

  UnixSocketFile(Path path, Set<PosixFilePermission> mode) {
    this.path = path;
    this.mode = mode;
    this.lockFile = path.resolveSibling("." + path.getFileName() + ".lock");
    this.workshop =
        path.resolveSibling(".tb%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24)));
  }

  /** What is to be listened on between {@link #prepare} and {@link #publish}. */
  DomainSocketAddress bindTo() {
    return new DomainSocketAddress(unpublished().toString());
  }

  private Path unpublished() {
    return workshop.resolve("s");
  }

  /**
   * @throws IOException if it may not be listened on; the message says why
   */
  void prepare() throws IOException {
    lock();
    refuseOthers();
    try {
      Path unused =
          Files.createDirectory(
              workshop,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (NoSuchFileException e) {
      throw new IOException("its directory does not exist", e);
    } catch (AccessDeniedException e) {
      throw new IOException("this user may make no files in its directory", e);
    } catch (IOException e) {
      throw new IOException("no socket can be made there (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Of two that begin at once, each would find that nobody listens. The file goes with the lock:
   * one that is locked, but no more there, keeps nobody out.
   */
  private void lock() throws IOException {
    FileChannel channel = openLock();
    boolean taken = false;
    try {
      taken = channel.tryLock() != null && isThere(channel);
    } catch (OverlappingFileLockException e) {
      // by this very process
    } finally {
      if (!taken) {
        channel.close();
      }
    }
    if (!taken) {
      throw new IOException("another program is about to");
    }
    lock = channel;
  }

  private FileChannel openLock() throws IOException {
    try {
      return FileChannel.open(
          lockFile,
          Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (NoSuchFileException e) {
      throw new IOException("its directory does not exist", e);
    } catch (AccessDeniedException e) {
      throw new IOException("this user may make no files in its directory", e);
    }
  }

  /** Only who has the lock writes there. */
  private boolean isThere(FileChannel locked) throws IOException {
    String mark = UUID.randomUUID().toString();
    int written = locked.write(StandardCharsets.US_ASCII.encode(mark), 0);
    try {
      return written == mark.length() && Files.readString(lockFile).equals(mark);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void unlock() throws IOException {
    if (lock != null) {
      Files.deleteIfExists(lockFile);
      lock.close();
      lock = null;
    }
  }

  private void refuseOthers() throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!isSocket()) {
      throw new IOException("there is a file that is no socket, and it is left alone");
    }
    try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // one whose queue is full would have this wait
      var unused = other.configureBlocking(false);
      boolean connected = other.connect(UnixDomainSocketAddress.of(path));
      throw new IOException("another program does" + (connected ? "" : ", and is busy"));
    } catch (ConnectException e) {
      // nobody does: it is what a dead one left behind
    }
  }

  private boolean isSocket() throws IOException {
    Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return mode instanceof Integer bits && (bits & TYPE) == SOCKET;
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Gives it its mode and its place. */
  void publish() throws IOException {
    Path unused = Files.setPosixFilePermissions(unpublished(), mode);
    unused = Files.move(unpublished(), path, StandardCopyOption.ATOMIC_MOVE);
    key = attributes().fileKey();
    Files.deleteIfExists(workshop);
    unlock();
  }

  /** Unless it is somebody else's by now. */
  void remove() throws IOException {
    Files.deleteIfExists(unpublished());
    Files.deleteIfExists(workshop);
    if (key != null
        && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && key.equals(attributes().fileKey())) {
      Files.delete(path);
    }
    key = null;
    unlock();
  }
}
