package io.tokenbroker.server;

import io.tokenbroker.server.backup.BackupException;
import io.tokenbroker.server.backup.BackupWriter;
import io.tokenbroker.server.backup.Manifest;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.DatabaseInspection;
import io.tokenbroker.server.sql.StoredRows;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Takes all that is to be kept out of the database, beside brokers that run. */
@Command(
    name = "backup",
    description = {
      "Write all accounts, tokens, settings, positions, leases and caller keys, and the policy, to a"
          + " file of mode 0600, as they are at one moment. Brokers may run meanwhile. Secrets stay"
          + " encrypted: the keyset is not in it, keep a copy of that elsewhere."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the file is written, and has been read again",
      "2:wrong command line",
      "6:the file can't be written",
      "69:the database can't be used",
      "78:the configuration is wrong"
    })
final class BackupCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  private final InstantSource clock;

  @Spec private CommandSpec spec;
  @Mixin private BackupOptions options;

  @Parameters(paramLabel = "FILE", description = "To be made; must not exist.")
  private Path file;

  /**
   * @param environment all variables of the process
   */
  BackupCommand(Map<String, String> environment, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.clock = clock;
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int exitCode = OperatorWork.run(err, () -> back(options.load(environment), out, err));
    out.flush();
    err.flush();
    return exitCode;
  }

  private int back(Config config, PrintWriter out, PrintWriter err)
      throws BackupException, IOException {
    DatabaseInspection found = DatabaseInspection.of(Stores.own(config), clock);
    if (!found.upToDate()) {
      throw new StoreStartException(
          "There are no tables of this version in %s: start the broker once, or use the tokenbroker that it runs with."
              .formatted(
                  config.database().embedded() ? config.data() : "the database (database.url)"));
    }
    Manifest written;
    try (BackupWriter writer = BackupWriter.create(file);
        Database database = Database.open(Stores.own(config))) {
      Instant now = clock.instant();
      SortedSet<Long> keys = new StoredRows(database).read(writer);
      if (config.policy().isPresent()) {
        writer.policy(Files.readAllBytes(config.policy().get()));
      }
      written =
          writer.finish(
              parts ->
                  new Manifest(
                      StoredRows.version(),
                      BrokerDaemon.version(),
                      now,
                      found.product(),
                      keys,
                      parts));
    }
    out.printf("Wrote %s: %s.%n", file, written.contents());
    if (written.hasPlainText()) {
      err.println(
          "tokenbroker: There are secrets in it as plain text: see tokenbroker keys status.");
    }
    if (!written.keyNames().isEmpty()) {
      out.printf(
          "Its secrets are encrypted with key %s of the keyset: keep a copy of that elsewhere.%n",
          written.keyNames());
    }
    return ServeExitCodes.STOPPED;
  }
}
