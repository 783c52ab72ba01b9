package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.client.cli.TokenBrokerCli;
import io.tokenbroker.server.testing.LogLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
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

  @Test
  void aKeyThatEverybodyMayReadIsWarnedOfAlsoWhenItComesLater() throws Exception {
    Path first = selfSigned("first");
    Path next = selfSigned("next");
    Path key = first.resolve("server.key");
    String warning =
        "WARN tls.key_file may be read by everybody on this machine; chmod o-r it file=" + key;
    try (LogLines log = new LogLines(ServerTls.class)) {
      ServerTls tls =
          ServerTls.load(
              new TlsFiles(
                  first.resolve("server.pem"), key, Optional.empty(), false, List.of("TLSv1.3")),
              InstantSource.system());
      assertThat(log.lines()).doesNotContain(warning);

      replace(next.resolve("server.pem"), first.resolve("server.pem"));
      replace(next.resolve("server.key"), key);
      var unused = Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
      tls.reload();
      tls.reload();
      assertThat(log.lines()).containsOnlyOnce(warning);
    }
  }

  private static void replace(Path from, Path to) throws IOException {
    Path unused = Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }
}
