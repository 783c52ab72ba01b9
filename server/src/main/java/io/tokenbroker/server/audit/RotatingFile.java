package io.tokenbroker.server.audit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of mode 0600 for this broker alone, put aside under the number of its first line when it
 * is large. Nothing is ever removed.
 */
final class RotatingFile implements AuditSink {
  private final Path file;
  private final long maxBytes;
  private final Chain opened;
  private final boolean torn;

  /** Null after a file was put aside and the new one could not be opened. */
  private @Nullable FileChannel channel;

  private @Nullable Object key;
  private long length;
  private boolean endsInALine;

  private RotatingFile(Path file, long maxBytes, FileChannel channel, AuditTail tail, Chain chain)
      throws IOException {
    this.file = file;
    this.maxBytes = maxBytes;
    this.channel = channel;
    this.opened = chain;
    this.torn = tail.torn();
    this.endsInALine = !torn;
    this.length = channel.size();
    this.key = key(file);
  }

  static RotatingFile open(Path file, long maxBytes) throws AuditStartException {
    FileChannel channel = null;
    try {
      channel = lock(file);
      if (channel == null) {
        throw new AuditStartException(
            "another broker writes to the audit file " + file + "; each needs its own");
      }
      AuditTail tail = AuditTail.of(file);
      Chain chain = tail.chain();
      List<Path> aside = AuditFiles.aside(file);
      if (chain != null && chain.seq() == 0 && !aside.isEmpty()) {
        chain = AuditTail.of(aside.get(aside.size() - 1)).chain();
      }
      if (chain == null) {
        channel.close();
        throw new AuditStartException(
            "the audit file " + file + " ends in a line that is no record; move it away");
      }
      return new RotatingFile(file, maxBytes, channel, tail, chain);
    } catch (IOException e) {
      throw new AuditStartException("the audit file " + file + " cannot be written to", e);
    }
  }

  /** Null if another broker has it. */
  private static @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // a broker in this process
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  @Override
  public Chain chain() {
    return opened;
  }

  @Override
  public boolean isTorn() {
    return torn;
  }

  @Override
  public void append(byte[] lines) throws IOException {
    FileChannel to = channel();
    long at = length;
    try {
      if (!endsInALine) {
        at += write(to, new byte[] {'\n'}, at);
      }
      at += write(to, lines, at);
    } catch (IOException e) {
      // or else the rest of a line would stand there
      to.truncate(length);
      throw e;
    }
    length = at;
    endsInALine = true;
  }

  private static int write(FileChannel to, byte[] bytes, long at) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      int unused = to.write(buffer, at + buffer.position());
    }
    return bytes.length;
  }

  private FileChannel channel() throws IOException {
    FileChannel open = channel;
    if (open != null && (key == null || key.equals(key(file)))) {
      return open;
    }
    // put aside; also by others, who must not, but what is written is not to go with it
    close();
    channel = null;
    open = lock(file);
    if (open == null) {
      throw new IOException("another broker writes to " + file);
    }
    channel = open;
    key = key(file);
    length = open.size();
    endsInALine = true;
    return open;
  }

  /** Tells a file from another one of its name; null where there is no such thing, or no file. */
  private static @Nullable Object key(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void force() throws IOException {
    channel().force(false);
  }

  @Override
  public boolean isFull() {
    return length >= maxBytes;
  }

  @Override
  public void rotate() throws IOException {
    force();
    long first = firstSeq();
    Files.move(file, AuditFiles.aside(file, first));
    FileChannel unused = channel();
  }

  private long firstSeq() throws IOException {
    AuditLine first = AuditLine.first(file);
    if (first == null) {
      throw new IOException(file + " does not begin with a record");
    }
    return first.seq();
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
