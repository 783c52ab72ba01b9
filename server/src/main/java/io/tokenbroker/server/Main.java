package io.tokenbroker.server;

import io.tokenbroker.client.cli.TokenBrokerCli;

/** The {@code tokenbroker} command: the client's sub-commands and {@code serve}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(
        TokenBrokerCli.commandLine()
            .addSubcommand(new ServeCommand(System.getenv(), BrokerDaemon::start))
            .execute(args));
  }
}
