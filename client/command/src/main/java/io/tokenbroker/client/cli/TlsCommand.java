package io.tokenbroker.client.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Certificates for a first try. */
@Command(name = "tls", description = "Make certificates for a first try.")
final class TlsCommand implements Runnable {
  @Mixin private final Remote remote = new Remote();

  @Override
  public void run() {
    throw remote.usage("a command is missing: self-signed");
  }

  @Command(
      name = "self-signed",
      description =
          "Make a CA and certificates for the broker, a client and an administrator, in PEM, valid"
              + " for a year. The key of the CA is thrown away: for more, make all anew, or use a CA"
              + " of your own.")
  int selfSigned(
      @Mixin Remote remote,
      @Parameters(paramLabel = "DIR", description = "Where to; made if need be.") Path directory,
      @Option(
              names = "--host",
              paramLabel = "NAME",
              description =
                  "A name or IP address of the broker besides localhost, 127.0.0.1 and ::1; may be"
                      + " repeated.")
          @Nullable List<String> hosts,
      @Option(names = "--force", description = "Replace files that are there.") boolean force)
      throws IOException, InterruptedException {
    SelfSigned made = new SelfSigned(directory, hosts == null ? List.of() : hosts);
    if (!force) {
      List<Path> there = made.existing();
      if (!there.isEmpty()) {
        throw new CommandFailure(
            ExitCodes.REFUSED, there.get(0) + " exists; choose another directory, or --force");
      }
    }
    made.write();
    String dir = directory.toString();
    remote
        .out()
        .printf(
            """
            Made in %1$s: ca.pem, server.pem, client.pem and admin.pem, each with its .key but the CA.
            The broker:  TOKENBROKER_TLS_CERT_FILE=%1$s/server.pem TOKENBROKER_TLS_KEY_FILE=%1$s/server.key \\
                         TOKENBROKER_TLS_CLIENT_CA_FILE=%1$s/ca.pem tokenbroker serve --demo
            The command: tokenbroker --tls-ca %1$s/ca.pem --tls-cert %1$s/client.pem --tls-key %1$s/client.key \\
                         next demo
            """,
            dir);
    return ExitCodes.OK;
  }
}
