package io.tokenbroker.server;

import io.tokenbroker.client.cli.TokenBrokerCli;
import java.time.InstantSource;
import java.util.function.Supplier;
import picocli.CommandLine;

/**
 * The {@code tokenbroker} command: the client's sub-commands, {@code serve}, and operators' own.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length > 0 && args[0].equals("serve")) {
      // before all else: a signal that comes earlier ends the process without order
      StopSignal signal;
      try {
        signal = StopSignal.ofProcess();
      } catch (IllegalStateException e) {
        // that is what it did: the JVM is ending
        return;
      }
      int exitCode = execute(TokenBrokerCli.bare(), args, () -> signal);
      signal.done(exitCode);
      System.exit(exitCode);
    }
    if (TokenBrokerCli.oneIsEnough(args)) {
      System.exit(TokenBrokerCli.commandLine(args).execute(args));
    }
    System.exit(execute(TokenBrokerCli.commandLine(), args, StopSignal::ofProcess));
  }

  private static int execute(CommandLine command, String[] args, Supplier<StopSignal> signals) {
    return withOperators(command, signals).execute(args);
  }

  /** With what the client does not have. */
  static CommandLine withOperators(CommandLine command, Supplier<StopSignal> signals) {
    return command
        .addSubcommand(
            new ServeCommand(
                System.getenv(),
                (config, prepare, stop) ->
                    BrokerDaemon.start(config, prepare, InstantSource.system(), stop),
                signals))
        .addSubcommand(new AuditCommand())
        .addSubcommand(new KeysCommand(System.getenv()))
        .addSubcommand(new DoctorCommand(System.getenv(), InstantSource.system()))
        .addSubcommand(new BackupCommand(System.getenv(), InstantSource.system()))
        .addSubcommand(new RestoreCommand(System.getenv(), InstantSource.system()));
  }
}
