package io.tokenbroker.server;

import io.tokenbroker.server.backup.BackupException;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.ConfigException;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code backup} and {@code restore} have in common. */
final class BackupOptions {
  @Option(names = "--config", paramLabel = "FILE", description = "As of serve.")
  private @Nullable Path config;

  @Option(names = "--data", paramLabel = "DIR", description = "As of serve.")
  private @Nullable String data;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  interface Work {
    void run() throws BackupException, KeysetException, IOException;
  }

  Config load(Map<String, String> environment) {
    Map<String, String> flags = new HashMap<>();
    if (data != null) {
      flags.put("data", data);
    }
    return LoadedConfig.load(Optional.ofNullable(config), environment, flags).config();
  }

  /** Does it, and prints what is wrong if it can't. */
  static int run(PrintWriter err, Work work) {
    List<String> problems;
    int exitCode;
    try {
      work.run();
      return ServeExitCodes.STOPPED;
    } catch (ConfigException e) {
      problems = e.problems();
      exitCode = ServeExitCodes.CONFIG;
    } catch (StoreStartException | BrokerException | IllegalStateException e) {
      problems = List.of(String.valueOf(e.getMessage()));
      exitCode = ServeExitCodes.DATABASE;
    } catch (BackupException | KeysetException e) {
      problems = List.of(String.valueOf(e.getMessage()));
      exitCode = KeysCommand.REFUSED;
    } catch (IOException e) {
      problems = List.of(e.getClass().getSimpleName() + ": " + e.getMessage());
      exitCode = KeysCommand.REFUSED;
    }
    problems.forEach(problem -> err.println("tokenbroker: " + problem));
    err.flush();
    return exitCode;
  }
}
