package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.security.KeysetFile;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.SealedRows;
import io.tokenbroker.server.store.StoreStartException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * What operators do with the keys that secrets are encrypted with. It works on the keyset file and
 * the database themselves, whether or not brokers run on them.
 */
@Command(
    name = "keys",
    description = {
      "Make and replace the keys that secrets are encrypted with in the database. Works on the"
          + " database and the keyset file of the configuration, while brokers run or not."
    })
public final class KeysCommand implements Runnable {
  /** Brokers look at the file every 5 s; what they had begun by then is in the database. */
  private static final Duration SETTLED = Duration.ofSeconds(15);

  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The configuration file of the broker, if it has one.")
  private @Nullable Path config;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "Where the embedded database is. Default ./tokenbroker-data.")
  private @Nullable String data;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  boolean help;

  /**
   * @param environment all variables of the process
   */
  public KeysCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing: create, status, rotate, rewrap or drop");
  }

  @Command(
      name = "create",
      description =
          "Make a keyset file of mode 0600 with one new key. Keep a copy of it elsewhere: without it"
              + " the secrets are lost.")
  int create(
      @Parameters(paramLabel = "FILE", description = "Must not exist.") Path file,
      @Option(
              names = "--from",
              paramLabel = "FILE",
              description =
                  "The keys of this keyset file, which no vault has encrypted, instead of a new one.")
          @Nullable Path from) {
    return run(
        () -> {
          Keyset keyset =
              from == null ? Keyset.generate() : new KeysetFile(from, Optional.empty()).read();
          KeysetSource.at(file, load()).create(keyset);
          out().printf("Made %s with key %d.%n", file, keyset.current());
          return ServeExitCodes.STOPPED;
        });
  }

  @Command(name = "status", description = "Show how many secrets are encrypted with which key.")
  int status() {
    return withKeys(keys -> keys.status(out()));
  }

  @Command(
      name = "rotate",
      description =
          "Encrypt with a new key from now on; brokers see it within 5 s. What is encrypted already"
              + " stays as it is until rewrap.")
  int rotate(
      @Option(
              names = "--prepare",
              description =
                  "Only add the new key. Where brokers have copies of the file, give it to all of"
                      + " them, and then rotate without this.")
          boolean prepare) {
    return withKeys(keys -> keys.rotate(prepare, out()));
  }

  @Command(
      name = "rewrap",
      description =
          "Encrypt with the current key what is plain text or encrypted with another one, in"
              + " portions. When it was broken off, call it again.")
  int rewrap() {
    return withKeys(keys -> keys.rewrap(out(), err()));
  }

  @Command(
      name = "drop",
      description =
          "Remove a key that no secret is encrypted with. Backups of the database from before need"
              + " it still.")
  int drop(@Parameters(paramLabel = "KEY", description = "As status shows it.") long key) {
    return withKeys(keys -> keys.drop(key, out()));
  }

  private interface KeyWork {
    int run(KeyChange keys) throws KeysetException;
  }

  private int withKeys(KeyWork work) {
    return run(
        () -> {
          Config loaded = load();
          Path file = loaded.data().resolve("tokenbroker.db");
          if (loaded.database().url().isEmpty() && Files.notExists(file)) {
            throw new StoreStartException(
                "There is no database in %s: --data (data, TOKENBROKER_DATA)."
                    .formatted(loaded.data()));
          }
          try (Database database = Database.open(Stores.own(loaded))) {
            return work.run(
                new KeyChange(
                    KeysetSource.of(loaded), new SealedRows(database), KeysCommand::settled));
          }
        });
  }

  /** What brokers have not seen yet they may still encrypt with the key of before. */
  private static void settled(KeysetFile file, PrintWriter out) throws KeysetException {
    Duration left = file.age(Instant.now()).map(SETTLED::minus).orElse(Duration.ZERO);
    if (left.isZero() || left.isNegative()) {
      return;
    }
    out.printf(
        "%s was changed a moment ago: waiting %d s, until brokers have seen it.%n",
        file.path(), left.toSeconds() + 1);
    out.flush();
    try {
      TimeUnit.NANOSECONDS.sleep(left.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KeysetException("It was interrupted; nothing was changed.");
    }
  }

  private Config load() {
    return LoadedConfig.load(Optional.ofNullable(config), environment, flags()).config();
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new HashMap<>();
    if (data != null) {
      flags.put("data", data);
    }
    return flags;
  }

  private int run(OperatorWork work) {
    int exitCode = OperatorWork.run(err(), work);
    err().flush();
    out().flush();
    return exitCode;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }
}
