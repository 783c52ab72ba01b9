package io.tokenbroker.server.torture.embedded;

import java.nio.file.Path;

/**
 * A directory of this machine's own file system.
 *
 * @param data the directory of the database
 */
record PlainDisk(Path data) implements Disk {
  @Override
  public String name() {
    return "normal";
  }

  @Override
  public void close() {}
}
