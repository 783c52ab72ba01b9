package io.tokenbroker.server;

import io.tokenbroker.server.Finding.Level;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.ConfigException;
import io.tokenbroker.server.config.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks at what a broker needs, before it is started or beside it. */
@Command(
    name = "doctor",
    description = {
      "Look at all that a broker needs, and say what to mend: configuration, database, keys, TLS,"
          + " policy, ports, files, disk. Changes nothing; works while the broker runs or not. Run"
          + " it as the broker's user, with its configuration."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing to be mended",
      "1:a start would fail, or what runs will",
      "2:wrong command line"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int SICK = 1;

  private final Map<String, String> environment;
  private final InstantSource clock;

  @Spec private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "As of serve.")
  private @Nullable Path config;

  @Option(names = "--data", paramLabel = "DIR", description = "As of serve.")
  private @Nullable String data;

  @Option(names = "--listen", paramLabel = "HOST:PORT", description = "As of serve.")
  private @Nullable String listen;

  @Option(names = "--insecure", description = "As of serve.")
  private boolean insecure;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  /**
   * @param environment all variables of the process
   */
  DoctorCommand(Map<String, String> environment, InstantSource clock) {
    this.environment = Map.copyOf(environment);
    this.clock = clock;
  }

  @Override
  public Integer call() {
    Findings findings = new Findings();
    load(findings).ifPresent(loaded -> examine(loaded, findings));
    PrintWriter out = spec.commandLine().getOut();
    findings.print(out);
    out.flush();
    return findings.count(Level.FAIL) == 0 ? ServeExitCodes.STOPPED : SICK;
  }

  private Optional<Config> load(Findings findings) {
    Optional<Path> file = Optional.ofNullable(config);
    try {
      LoadedConfig loaded = LoadedConfig.load(file, environment, flags());
      findings.ok(
          "configuration",
          file.map(path -> path + " can be used")
              .orElse("no file, but defaults, the environment and options"));
      loaded.warnings().forEach(warning -> findings.warn("configuration", warning, ""));
      return Optional.of(loaded.config());
    } catch (ConfigException e) {
      e.problems().forEach(problem -> findings.fail("configuration", problem));
      return Optional.empty();
    }
  }

  private void examine(Config loaded, Findings findings) {
    MachineCheck.look(loaded, findings);
    new SecurityCheck(loaded, clock, findings).look();
    StoreCheck store = new StoreCheck(loaded, clock, findings);
    store.look();
    new FileCheck(loaded, findings).look();
    PortCheck.look(loaded, store.isInUse(), findings);
    WebhookCheck.look(loaded, clock, findings);
    TraceCheck.look(environment, findings);
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new HashMap<>();
    if (data != null) {
      flags.put("data", data);
    }
    if (listen != null) {
      flags.put("listen", listen);
    }
    if (insecure) {
      flags.put("insecure", "true");
    }
    return flags;
  }
}
