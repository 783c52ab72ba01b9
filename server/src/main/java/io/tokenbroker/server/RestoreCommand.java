package io.tokenbroker.server;

import io.tokenbroker.server.backup.Backup;
import io.tokenbroker.server.backup.BackupException;
import io.tokenbroker.server.backup.Manifest;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.sql.DataDirectory;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.DatabaseInspection;
import io.tokenbroker.server.sql.StoredRows;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fills a database with what is in a backup. */
@Command(
    name = "restore",
    description = {
      "Fill a database in which nothing is with what backup has written, all or nothing; whichever"
          + " of MySQL, MariaDB and the embedded database either of them is. No broker may use the"
          + " database meanwhile. The keyset has to be there already."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything is there",
      "2:wrong command line",
      "6:the file is no backup, or can't be used here; nothing was changed unless stderr says so",
      "69:the database can't be used, or something is in it, or was lost; it is restored whole or"
          + " not at all",
      "78:the configuration is wrong"
    })
final class RestoreCommand implements Callable<Integer> {
  /**
   * By how much the fencing numbers of a token may have grown since the backup: by one for each of
   * its leases, of which there is no more than one in a commit.
   */
  private static final long FENCING_A_SECOND = 10_000;

  private static final long FENCING_AT_LEAST = 1_000_000;

  private final Map<String, String> environment;
  private final InstantSource clock;

  @Spec private CommandSpec spec;
  @Mixin private BackupOptions options;

  @Option(
      names = "--check",
      description = "Only look whether the file is whole, and say what is in it.")
  private boolean check;

  @Parameters(paramLabel = "FILE", description = "As backup wrote it.")
  private Path file;

  /**
   * @param environment all variables of the process
   */
  RestoreCommand(Map<String, String> environment, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.clock = clock;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int exitCode =
        OperatorWork.run(
            err,
            () -> {
              try (Backup backup = Backup.open(file)) {
                if (check) {
                  describe(backup.manifest(), out);
                } else {
                  restore(options.load(environment), backup, out);
                }
                return ServeExitCodes.STOPPED;
              }
            });
    out.flush();
    return exitCode;
  }

  private void describe(Manifest manifest, PrintWriter out) {
    out.printf("%s is whole: %s.%n", file, manifest.contents());
    out.printf(
        "Made %s by tokenbroker %s of %s, with tables of version %d (this one's: %d).%n",
        manifest.createTime(),
        manifest.version(),
        manifest.database(),
        manifest.schema(),
        StoredRows.version());
    if (!manifest.keyNames().isEmpty()) {
      out.printf("Secrets are encrypted with key %s.%n", manifest.keyNames());
    }
    if (manifest.hasPlainText()) {
      out.println("There are secrets as plain text.");
    }
  }

  private void restore(Config config, Backup backup, PrintWriter out)
      throws BackupException, KeysetException, IOException {
    Manifest manifest = backup.manifest();
    if (manifest.schema() != StoredRows.version()) {
      throw new BackupException(
          ("%s has tables of version %d, this tokenbroker of version %d: restore it with the one that"
                  + " made it (%s), and start this one then.")
              .formatted(file, manifest.schema(), StoredRows.version(), manifest.version()));
    }
    requireKeys(manifest, config);
    Optional<Path> policy = placeOfPolicy(config, backup);
    if (config.database().embedded()) {
      DataDirectory directory = DataDirectory.open(config.data());
      try {
        fill(config, backup);
      } finally {
        directory.close();
      }
    } else {
      fill(config, backup);
    }
    out.printf("Restored %s.%n", manifest.contents());
    policy(config, policy, backup, out);
  }

  private void fill(Config config, Backup backup) throws IOException {
    Duration since = Duration.between(backup.manifest().createTime(), clock.instant());
    long leap = FENCING_AT_LEAST + FENCING_A_SECOND * Math.max(0, since.toSeconds());
    DatabaseInspection found = DatabaseInspection.of(Stores.own(config), clock);
    if (found.made() && !found.upToDate()) {
      throw new StoreStartException(
          "The database has tables of an earlier version. Only a new one is restored: make one.");
    }
    try (Database database = Database.open(Stores.own(config))) {
      new StoredRows(database).write(backup, leap);
    }
  }

  /** Secrets that nobody can read would be found out at the start, and call by call. */
  private void requireKeys(Manifest manifest, Config config)
      throws BackupException, KeysetException {
    SortedSet<Long> missing = new TreeSet<>(manifest.keys());
    missing.remove(Manifest.PLAIN);
    KeysetSource source = KeysetSource.of(config);
    source.read().ifPresent(found -> missing.removeAll(found.keyset().ids()));
    if (!missing.isEmpty()) {
      throw new BackupException(
          "The secrets in %s are encrypted with key %s, which is not in %s: put the keyset there first."
              .formatted(
                  file,
                  missing.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                  source.file().map(there -> there.path().toString()).orElse(KeysetSource.KEY)));
    }
  }

  /** Where its policy is to be written; empty if nowhere. */
  private static Optional<Path> placeOfPolicy(Config config, Backup backup) throws BackupException {
    Optional<Path> place =
        config
            .policy()
            .filter(path -> backup.manifest().part(Manifest.Part.POLICY).isPresent())
            .filter(path -> Files.notExists(path, LinkOption.NOFOLLOW_LINKS));
    if (place.isPresent()) {
      Path directory = place.get().toAbsolutePath().getParent();
      if (directory == null || !Files.isWritable(directory)) {
        throw new BackupException(
            "policy.file %s can't be made: make its directory, or don't set it"
                .formatted(place.get()));
      }
    }
    return place;
  }

  /** The database is restored by now. */
  private void policy(Config config, Optional<Path> place, Backup backup, PrintWriter out)
      throws BackupException {
    String unpack = "unzip -p %s %s".formatted(file, Manifest.Part.POLICY);
    try {
      Optional<byte[]> policy = backup.policy();
      if (policy.isEmpty()) {
        return;
      }
      if (place.isPresent()) {
        write(place.get(), policy.get());
        out.printf("Wrote its policy to %s.%n", place.get());
      } else if (config.policy().isEmpty()) {
        out.printf("Its policy is left out, as policy.file is not set: %s%n", unpack);
      } else if (!Arrays.equals(Files.readAllBytes(config.policy().get()), policy.get())) {
        out.printf(
            "%s stays as it is; the policy of the backup is another one: %s%n",
            config.policy().get(), unpack);
      }
    } catch (IOException e) {
      throw new BackupException(
          "The database is restored, but not the policy (%s): %s"
              .formatted(e.getClass().getSimpleName(), unpack));
    }
  }

  private static void write(Path place, byte[] policy) throws IOException {
    try (FileChannel made =
        FileChannel.open(
            place,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      Channels.newOutputStream(made).write(policy);
      made.force(true);
    }
  }
}
