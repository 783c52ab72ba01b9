package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.ConfigException;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.config.Reference;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the broker until it is told to stop. */
@Command(
    name = "serve",
    description = "Run the broker until SIGTERM or Ctrl-C.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped as asked",
      "2:wrong command line",
      "69:the database cannot be used",
      "70:a fault in the broker; see its log",
      "71:the address cannot be listened on",
      "78:wrong configuration"
    })
public final class ServeCommand implements Callable<Integer> {
  private final Map<String, String> environment;
  private final Daemon.Start daemons;
  private final Supplier<StopSignal> signals;

  @Spec private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "A YAML file; see --help-config.")
  private @Nullable Path config;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description =
          "Where to accept calls. Default 127.0.0.1:50051; port 0 takes any free one. unix:PATH is a"
              + " Unix domain socket.")
  private @Nullable String listen;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the embedded database is. Default ./tokenbroker-data.")
  private @Nullable String data;

  @Option(
      names = "--insecure",
      description = "Allow plain text and anybody on an address other than loopback.")
  private boolean insecure;

  @Option(
      names = "--demo",
      description = "Add an account \"demo\" with made-up tokens, and print commands to try.")
  private boolean demo;

  @Option(
      names = "--print-config",
      description = "Print what is configured and where, without passwords, and exit.")
  private boolean printConfig;

  @Option(
      names = "--help-config",
      description = "Print a configuration file with every key explained, and exit.")
  private boolean helpConfig;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  /**
   * @param environment all variables of the process
   * @param daemons starts what is to be served
   */
  public ServeCommand(Map<String, String> environment, Daemon.Start daemons) {
    this(environment, daemons, StopSignal::ofProcess);
  }

  ServeCommand(
      Map<String, String> environment, Daemon.Start daemons, Supplier<StopSignal> signals) {
    this.environment = Map.copyOf(environment);
    this.daemons = daemons;
    this.signals = signals;
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (helpConfig) {
      out.print(Reference.yaml());
      out.flush();
      return ServeExitCodes.STOPPED;
    }
    LoadedConfig loaded;
    try {
      loaded = load();
      refuseDemoElsewhere(loaded.config());
    } catch (ConfigException e) {
      e.problems().forEach(line -> err.println("tokenbroker: " + line));
      err.flush();
      return ServeExitCodes.CONFIG;
    }
    if (printConfig) {
      out.print(loaded.effective());
      out.flush();
      return ServeExitCodes.STOPPED;
    }
    return new Serving(daemons, signals.get(), this::load, out, err, demo).run(loaded);
  }

  private LoadedConfig load() {
    return LoadedConfig.load(Optional.ofNullable(config), environment, flags());
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new HashMap<>();
    if (listen != null) {
      flags.put("listen", listen);
    }
    if (data != null) {
      flags.put("data", data);
    }
    if (insecure) {
      flags.put("insecure", "true");
    }
    return flags;
  }

  private void refuseDemoElsewhere(Config config) {
    if (demo && !(config.database().embedded() && config.credentials().isEmpty())) {
      throw new ConfigException(
          List.of(
              "--demo is for the embedded database only; leave it out, or else database.url"
                  + " and credentials.url"));
    }
  }
}
