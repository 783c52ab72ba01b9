package io.tokenbroker.server.sql;

import org.sqlite.util.OSInfo;

/**
 * SQLite's own code, which the distribution has outside of the driver's jar. The driver would
 * unpack it at every start to a directory for temporary files, which a container may lack, or
 * forbid to run code from.
 */
final class SqliteLibrary {
  /** Where the driver looks first; it goes on to its jar if there is nothing for this machine. */
  private static final String PATH = "org.sqlite.lib.path";

  private SqliteLibrary() {}

  /** To be called before the first connection; of no effect later. */
  static void locate() {
    String unpacked = System.getProperty("tokenbroker.native");
    if (unpacked != null && System.getProperty(PATH) == null) {
      System.setProperty(PATH, unpacked + "/" + OSInfo.getNativeLibFolderPathForCurrentOS());
    }
  }
}
