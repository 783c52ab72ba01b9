package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file system of some MB: an ext4 in a file where this process may mount one, else in memory,
 * which a namespace of its own suffices for. It can be filled, and the ext4 can lose its power.
 */
final class MountedDisk implements Disk {
  private static final String SIZE = "16m";

  /** FS_IOC_SHUTDOWN without flushing the journal: nothing reaches the device from now on. */
  private static final String CUT =
      "open(my $f, '<', $ARGV[0]) or die $!; my $how = pack('L', 2);"
          + " ioctl($f, 0x8004587d, $how) or die $!";

  private final Path image;
  private final Path mount;
  private final boolean ext4;
  private @Nullable Filler filler;

  private MountedDisk(Path image, Path mount, boolean ext4) {
    this.image = image;
    this.mount = mount;
    this.ext4 = ext4;
  }

  /** Empty, with the reason printed, if this process may mount nothing. */
  static Optional<MountedDisk> create(Path directory) throws IOException {
    Path image = directory.resolve("disk.img");
    Path mount = Files.createDirectory(directory.resolve("disk"));
    Shell.run("truncate", "-s", SIZE, image.toString());
    String ext4 =
        Shell.failureOf("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image.toString());
    if (ext4.isEmpty()) {
      ext4 = Shell.failureOf("mount", "-o", "loop", image.toString(), mount.toString());
    }
    if (ext4.isEmpty()) {
      return Optional.of(new MountedDisk(image, mount, true));
    }
    String memory =
        Shell.failureOf("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", mount.toString());
    if (memory.isEmpty()) {
      System.out.println("no ext4 here, so the disk is in memory: " + ext4);
      return Optional.of(new MountedDisk(image, mount, false));
    }
    System.out.println("no disk of its own, neither " + ext4 + ", nor " + memory);
    return Optional.empty();
  }

  @Override
  public String name() {
    return ext4 ? "ext4" : "tmpfs";
  }

  @Override
  public Path data() {
    return mount.resolve("data");
  }

  boolean canLosePower() {
    return ext4 && Shell.failureOf("perl", "-e", "1").isEmpty();
  }

  /** What was not synced is lost; all that is written later fails. */
  void cutPower() {
    Shell.run("perl", "-e", CUT, mount.toString());
  }

  /** After all that used it is gone. */
  void restorePower() {
    Shell.run("umount", mount.toString());
    Shell.run("mount", "-o", "loop", image.toString(), mount.toString());
  }

  /** Takes all room, and also what becomes free later, until {@link #empty}. */
  void fill() {
    Filler started = new Filler(mount.resolve("filler"));
    started.start();
    filler = started;
  }

  void empty() throws InterruptedException {
    if (filler != null) {
      filler.end();
      filler = null;
    }
  }

  @Override
  public void close() {
    Shell.failureOf("umount", "-l", mount.toString());
  }

  private static final class Filler extends Thread {
    private static final int LARGE = 256 * 1024;
    private static final int BLOCK = 1_024;

    private final Path file;
    private volatile boolean over;

    Filler(Path file) {
      super("filler");
      this.file = file;
      setDaemon(true);
    }

    @Override
    public void run() {
      try (OutputStream out =
          Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
        int size = LARGE;
        while (!over) {
          try {
            out.write(new byte[size]);
          } catch (IOException full) {
            if (size == BLOCK) {
              Pauses.millis(1);
            }
            size = BLOCK;
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void end() throws InterruptedException {
      over = true;
      join();
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
