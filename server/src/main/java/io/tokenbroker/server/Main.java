package io.tokenbroker.server;

import io.tokenbroker.client.cli.TokenBrokerCli;
import java.time.InstantSource;

/** The {@code tokenbroker} command: the client's sub-commands and {@code serve}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(
        TokenBrokerCli.commandLine()
            .addSubcommand(
                new ServeCommand(
                    System.getenv(),
                    (config, prepare) ->
                        BrokerDaemon.start(config, prepare, InstantSource.system())))
            .execute(args));
  }
}
