package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that their modes keep from the broker: each is one line at a start, and later no harm. */
class UnreadableFilesIT {
  private static final int REFUSED = 6;
  private static final int CONFIG = 78;
  private static final String POLICY =
      "rules: [{callers: [local], accounts: [\"*\"], may: [next, admin.read, admin.write]}]\n";

  @TempDir private Path directory;
  private Path data;
  private Path file;
  private List<String> by;

  @BeforeEach
  void place() throws Exception {
    by = BoundByModes.command();
    data = directory.resolve("data");
    file = directory.resolve("file");
  }

  private void mode(String mode) throws IOException {
    var unused = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void aPolicy() throws Exception {
    Files.writeString(file, POLICY);
    mode("---------");
    Map<String, String> settings = Map.of("POLICY_FILE", file.toString());
    assertThat(Refusal.of(by, data, CONFIG, settings))
        .isEqualToIgnoringNewLines(
            "tokenbroker: policy.file " + file + " cannot be read: permission denied");

    mode("rw-------");
    try (Broker broker = Broker.start(by, data, settings);
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 1, 1)).hasSize(1);
      mode("---------");
      Cli.Result told = broker.cli("reload");
      assertThat(told.exit()).as(told.err()).isEqualTo(REFUSED);
      assertThat(told.out()).contains(file + " cannot be read: permission denied");
      Cli.Result status = broker.cli("policy", "status");
      assertThat(status.exit()).as(status.err()).isEqualTo(REFUSED);
      assertThat(status.out()).contains("1 rule(s)", "cannot be read: permission denied");
      Eventually.until(
          "it is told", () -> broker.log().firstWith("the new policy can't be used").isPresent());
      assertThat(caller.next("acme").getNumber()).as("the one before is in force").isEqualTo(1);

      mode("rw-------");
      assertThat(broker.cli("reload").exit()).isZero();
      assertThat(broker.cli("policy", "status").exit()).isZero();
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void aConfigurationFile() throws Exception {
    Files.writeString(file, "log: {level: debug}\n");
    mode("---------");
    assertThat(Refusal.of(by, data, CONFIG, Map.of(), "--config", file.toString()))
        .contains(file + " (flag --config) cannot be read: permission denied");
  }

  @Test
  void aKeyset() throws Exception {
    Map<String, String> settings = Map.of("ENCRYPTION_KEYSET_FILE", file.toString());
    assertThat(Cli.run(Map.of(), "", "keys", "create", file.toString()).exit()).isZero();
    mode("---------");
    assertThat(Refusal.of(by, data, CONFIG, settings))
        .contains(file.toString(), "permission denied; whom the broker runs as has to own it.")
        .doesNotContain("keys create", "Restore");
  }

  @Test
  void aKeysetThatTheDatabaseNeeds() throws Exception {
    Map<String, String> settings = Map.of("ENCRYPTION_KEYSET_FILE", file.toString());
    assertThat(Cli.run(Map.of(), "", "keys", "create", file.toString()).exit()).isZero();
    try (Broker broker = Broker.start(by, data, settings);
        Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 1, 1)).hasSize(1);
      assertThat(broker.stop()).isZero();
    }
    mode("rw-r-----");
    assertThat(Refusal.of(by, data, CONFIG, settings))
        .contains(file.toString(), "chmod 600 it.")
        .doesNotContain("Restore");
  }
}
