package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import java.nio.file.Path;
import java.util.HashMap;
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

  Config load(Map<String, String> environment) {
    Map<String, String> flags = new HashMap<>();
    if (data != null) {
      flags.put("data", data);
    }
    return LoadedConfig.load(Optional.ofNullable(config), environment, flags).config();
  }
}
