package io.tokenbroker.server.store.sql;

import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A database, and how to get in.
 *
 * @param keys the prefix of the configuration keys that these values are from, to be named where
 *     one of them is wrong: {@code database} or {@code credentials}
 * @param url begins with jdbc:mysql:, jdbc:mariadb: or jdbc:h2:
 * @param poolSize connections, from 1
 */
public record DatabaseSettings(
    String keys, String url, String user, String password, int poolSize) {
  /** How to tell the broker of another data directory. */
  static final String FLAG = "--data (data, TOKENBROKER_DATA).";

  /** The embedded database in a directory, which is made if need be, for this user alone. */
  public static DatabaseSettings embedded(Path directory, int poolSize) {
    Path absolute = directory.toAbsolutePath().normalize();
    if (absolute.toString().contains(";")) {
      throw new StoreStartException(
          "The data directory "
              + absolute
              + " has a semicolon in its name. Choose another one: "
              + FLAG);
    }
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
      throw new StoreStartException(
          "The data directory %s can't be made (%s). Make it, or choose another one: %s"
              .formatted(absolute, e.getClass().getSimpleName(), FLAG));
    }
    if (!Files.isWritable(absolute)) {
      throw new StoreStartException(
          "This user may not write to the data directory %s. Change that, or choose another one: %s"
              .formatted(absolute, FLAG));
    }
    return new DatabaseSettings(
        "database", "jdbc:h2:file:" + absolute.resolve("tokenbroker"), "tokenbroker", "", poolSize);
  }

  /** Without the password, and the URL without its parameters, which may hold another. */
  @Override
  public String toString() {
    return "DatabaseSettings[" + JdbcUrl.location(url) + "]";
  }
}
