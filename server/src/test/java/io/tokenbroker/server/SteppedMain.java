package io.tokenbroker.server;

import io.tokenbroker.client.cli.TokenBrokerCli;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The daemon with a wall clock that others can step: the first argument is a file that has how many
 * milliseconds it is off, the others are those of the command.
 */
public final class SteppedMain {
  private SteppedMain() {}

  public static void main(String[] args) {
    Path offset = Path.of(args[0]);
    InstantSource clock = () -> Instant.now().plusMillis(read(offset));
    String[] arguments = new String[args.length - 1];
    System.arraycopy(args, 1, arguments, 0, arguments.length);
    System.exit(
        TokenBrokerCli.commandLine()
            .addSubcommand(
                new ServeCommand(
                    System.getenv(),
                    (config, prepare, stop) -> BrokerDaemon.start(config, prepare, clock, stop)))
            .execute(arguments));
  }

  private static long read(Path offset) {
    try {
      String text = Files.readString(offset).strip();
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
