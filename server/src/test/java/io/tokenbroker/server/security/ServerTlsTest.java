package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.client.tls.PemFile;
import io.tokenbroker.server.testing.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {
  @TempDir private Path directory;

  private Path selfSigned(String name) {
    Path made = directory.resolve(name);
    assertThat(TokenBrokerCli.commandLine().execute("tls", "self-signed", made.toString()))
        .isZero();
    return made;
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
  void aKeyThatEverybodyMayReadIsWarnedOfAlsoWhenItComesLater() throws Exception {
    Path first = selfSigned("first");
    Path next = selfSigned("next");
    Path key = first.resolve("server.key");
    String warning =
        "WARN tls.key_file may be read by everybody on this machine; chmod o-r it file=" + key;
    try (LogLines log = new LogLines(ServerTls.class)) {
      ServerTls tls = load(first, Optional.empty());
      assertThat(log.lines()).doesNotContain(warning);

      replace(next.resolve("server.pem"), first.resolve("server.pem"));
      replace(next.resolve("server.key"), key);
      var unused = Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
      tls.reload();
      tls.reload();
      assertThat(log.lines()).containsOnlyOnce(warning);
    }
  }

  @Test
  void tellsWhenTheFirstOfTheCallersCasExpires() throws Exception {
    Path ours = selfSigned("ours");
    Path others = selfSigned("others");
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

  private static void replace(Path from, Path to) throws IOException {
    Path unused = Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
