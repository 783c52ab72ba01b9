package io.tokenbroker.server;

import io.tokenbroker.client.cli.TokenBrokerCli;
import java.time.InstantSource;
import java.util.function.Supplier;

/** The {@code tokenbroker} command: the client's sub-commands and {@code serve}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals("serve")) {
      // before all else: a signal that comes earlier ends the process without order
      StopSignal signal = StopSignal.ofProcess();
      int exitCode = execute(args, () -> signal);
      signal.done(exitCode);
      System.exit(exitCode);
    }
    System.exit(execute(args, StopSignal::ofProcess));
  }

  private static int execute(String[] args, Supplier<StopSignal> signals) {
    return TokenBrokerCli.commandLine()
        .addSubcommand(
            new ServeCommand(
                System.getenv(),
                (config, prepare) -> BrokerDaemon.start(config, prepare, InstantSource.system()),
                signals))
        .execute(args);
  }
}
