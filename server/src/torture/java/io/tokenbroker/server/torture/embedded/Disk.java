package io.tokenbroker.server.torture.embedded;

import java.nio.file.Path;

/** Where the database is. */
interface Disk extends AutoCloseable {
  String name();

  /** The directory of the database; need not exist yet. */
  Path data();

  /** Lets go of everything. */
  @Override
  void close();
}
