package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Eventually;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration that is changed while the broker serves. */
class ReloadIT {
  @TempDir Path directory;
  private Path file;
  private Broker broker;

  @BeforeEach
  void start() throws Exception {
    file = directory.resolve("broker.yaml");
    write("info", "connections: {max: 100}");
    broker = Broker.start(directory.resolve("data"), Map.of(), "--config", file.toString());
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void write(String level, String... more) throws IOException {
    Files.writeString(file, "log: {level: " + level + "}\n" + String.join("\n", more) + "\n");
  }

  private static void hangUp(Broker broker) throws Exception {
    assertThat(Tools.run(List.of("kill", "-HUP", String.valueOf(broker.pid()))).exit()).isZero();
  }

  @Test
  void tellsWhatIsHeededAndWhatNeedsARestart() throws Exception {
    Cli.Result same = broker.cli("reload");
    assertThat(same.exit()).as(same.err()).isZero();
    assertThat(same.outLines()).containsExactly("nothing has changed");

    write("debug", "connections: {max: 100}", "lease: {queue: 77}");
    Cli.Result changed = broker.cli("reload");
    assertThat(changed.exit()).as(changed.err()).isZero();
    assertThat(changed.outLines())
        .containsExactly("heeded from now on: log.level", "needs a restart: lease.queue");
    Eventually.until(
        "the log has it",
        () ->
            broker
                .log()
                .firstWith("\"heeded\":\"log.level\",\"needs_restart\":\"lease.queue\"")
                .isPresent());
    assertThat(broker.cli("reload").outLines())
        .as("it still does")
        .containsExactly("needs a restart: lease.queue");

    write("debug", "connections: {max: 100}");
    assertThat(broker.cli("reload").outLines()).containsExactly("nothing has changed");
  }

  @Test
  void theLevelOfTheLogIsHeeded() throws Exception {
    write("error", "connections: {max: 100}");
    assertThat(broker.cli("reload").outLines()).containsExactly("heeded from now on: log.level");
    assertThat(broker.stop()).isZero();
    assertThat(broker.log().text()).contains("\"serving\"").doesNotContain("\"stopping\"");
  }

  @Test
  void aBoundOfConnectionsIsHeededAndThoseThatAreOpenStay() throws Exception {
    URI there = URI.create("tcp://" + broker.endpoint());
    List<Socket> open = new ArrayList<>();
    try (Caller caller = broker.caller()) {
      assertThat(caller.add("acme", 1, 1)).hasSize(1);
      for (int i = 0; i < 10; i++) {
        open.add(new Socket(there.getHost(), there.getPort()));
      }
      write("info", "connections: {max: 4}");
      assertThat(broker.cli("reload").outLines())
          .containsExactly("heeded from now on: connections.max");
      try (Socket refused = new Socket(there.getHost(), there.getPort())) {
        assertThat(refused.getInputStream().read()).as("it is closed").isEqualTo(-1);
      }
      assertThat(caller.add("acme", 1, 1)).as("on one from before").hasSize(1);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void whatCannotBeUsedChangesNothing() throws Exception {
    write("debg", "conections: {max: 100}");
    Cli.Result refused = broker.cli("reload");
    assertThat(refused.exit()).isEqualTo(6);
    assertThat(refused.outLines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("can't be used: "))
        .anyMatch(line -> line.contains("broker.yaml:1"));
    Files.delete(file);
    assertThat(broker.cli("reload").exit()).isEqualTo(6);
    write("info", "connections: {max: 100}");
    assertThat(broker.cli("reload").outLines()).containsExactly("nothing has changed");
  }

  @Test
  void aSignalReadsItAgainAndStopsNothing() throws Exception {
    // whoever runs the tests may ignore it, as nohup does
    try (Broker signalled =
        Broker.start(
            List.of("env", "--default-signal=HUP"),
            directory.resolve("signalled"),
            Map.of(),
            "--config",
            file.toString())) {
      write("debug", "connections: {max: 100}");
      hangUp(signalled);
      Eventually.until(
          "it is read", () -> signalled.log().firstWith("\"heeded\":\"log.level\"").isPresent());
      hangUp(signalled);
      try (Caller caller = signalled.caller()) {
        assertThat(caller.add("acme", 1, 1)).hasSize(1);
      }
      assertThat(signalled.stop()).isZero();
    }
  }

  @Test
  void aPolicyIsReadAtOnceAndOneThatCannotBeUsedIsTold() throws Exception {
    Path policy = Files.writeString(directory.resolve("policy.yaml"), "rules: []\n");
    String rule = "rules: [{callers: [\"local\"], accounts: [\"*\"], may: [admin.write]}]\n";
    Files.writeString(policy, rule);
    try (Broker guarded =
        Broker.start(directory.resolve("guarded"), Map.of("POLICY_FILE", policy.toString()))) {
      Files.writeString(policy, "rules: [{may: [fly]}]\n");
      Cli.Result told = guarded.cli("reload");
      assertThat(told.exit()).isEqualTo(6);
      assertThat(told.out()).contains("policy.yaml");
      Files.writeString(policy, rule);
      assertThat(guarded.cli("reload").exit()).isZero();
      Files.writeString(policy, "rules: []\n");
      // with the first or by itself, whichever comes first
      Cli.Result unused = guarded.cli("reload");
      assertThat(guarded.cli("reload").exit()).as("it is not allowed any more").isEqualTo(6);
    }
  }
}
