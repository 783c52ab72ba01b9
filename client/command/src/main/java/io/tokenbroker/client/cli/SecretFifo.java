package io.tokenbroker.client.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A named pipe in a directory that only this user can enter, through which a secret goes to one
 * reader. The JDK cannot give a child other descriptors than 0 to 2; a shell can open this as any.
 * Nothing is written to a disk. The name is gone as soon as the reader has opened it.
 */
final class SecretFifo implements AutoCloseable {
  private final Path directory;
  private final Path fifo;

  SecretFifo() throws IOException, InterruptedException {
    directory = Files.createTempDirectory("tokenbroker"); // 0700
    fifo = directory.resolve("secret");
    Process mkfifo =
        new ProcessBuilder("mkfifo", "-m", "600", fifo.toString())
            .redirectErrorStream(true)
            .start();
    mkfifo.getInputStream().transferTo(OutputStream.nullOutputStream());
    if (mkfifo.waitFor() != 0) {
      close();
      throw new IOException("mkfifo failed");
    }
  }

  Path path() {
    return fifo;
  }

  /** Writes in the background, as both wait until the other end is open. */
  void give(String secret) {
    Thread writer =
        new Thread(
            () -> {
              try (OutputStream out = Files.newOutputStream(fifo, StandardOpenOption.WRITE)) {
                close();
                out.write(secret.getBytes(StandardCharsets.UTF_8));
              } catch (IOException e) {
                // the reader does not want it
              }
            },
            "secret");
    writer.setDaemon(true);
    writer.start();
  }

  /** Removes the name; who has opened it may read on. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(fifo);
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      // an empty directory of ours stays behind
    }
  }
}
