package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.client.tls.PemFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  @TempDir Path directory;

  private Path made(String name) {
    Path where = directory.resolve(name);
    assertThat(TokenBrokerCli.commandLine().execute("tls", "self-signed", where.toString()))
        .isZero();
    return where;
  }

  private static Instant expiry(Path file) throws Exception {
    return PemFile.read("made-up", file).certificates().get(0).getNotAfter().toInstant();
  }

  private static ServerTls load(Path files, Optional<Path> clientCa) throws Exception {
    return ServerTls.load(
        new TlsFiles(
            files.resolve("server.pem"),
            files.resolve("server.key"),
            clientCa,
            false,
            List.of("TLSv1.3")),
        InstantSource.system());
  }

  @Test
  void tellsWhenTheFirstOfTheCallersCasExpires() throws Exception {
    Path ours = made("ours");
    Path others = made("others");
    // what lasts longer than a CA of ours, and is as good as one here
    Path both = directory.resolve("both.pem");
    Files.writeString(
        both,
        Files.readString(others.resolve("ca.pem")) + Files.readString(ours.resolve("server.pem")));
    List<Instant> ends =
        List.of(expiry(others.resolve("ca.pem")), expiry(ours.resolve("server.pem")));

    ServerTls tls = load(ours, Optional.of(both));

    assertThat(tls.expiry()).isEqualTo(expiry(ours.resolve("server.pem")));
    assertThat(tls.clientCaExpiry()).contains(Collections.min(ends));
    assertThat(load(ours, Optional.empty()).clientCaExpiry()).isEmpty();
  }
}
