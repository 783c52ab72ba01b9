package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit log of a daemon, read with the command. */
class AuditIT {
  private static final List<String> OWN_MOUNTS = List.of("unshare", "-m");

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("audit.jsonl");
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("AUDIT_FILE", file().toString());
    return settings;
  }

  private Cli.Result audit(String... arguments) throws InterruptedException {
    List<String> all = new ArrayList<>(List.of("audit"));
    all.addAll(List.of(arguments));
    return Cli.run(Map.of(), "", all.toArray(new String[0]));
  }

  private List<JsonObject> records(Path in) {
    try {
      return Files.readAllLines(in).stream()
          .map(line -> JsonParser.parseString(line).getAsJsonObject())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long count(String type) {
    return records(file()).stream()
        .filter(one -> one.get("type").getAsString().equals(type))
        .count();
  }

  @Test
  void tellsWhoHadATurnAndThatNothingWasChanged() throws Exception {
    Turn turn;
    try (Broker broker = Broker.start(directory.resolve("data"), settings(Map.of()));
        Caller caller = broker.caller()) {
      assertThat(caller.add("github", 3, 1)).hasSize(3);
      for (int i = 0; i < 1_000; i++) {
        caller.next("github");
      }
      turn = caller.next("github");
      assertThat(broker.stop()).isZero();
    }

    Cli.Result who =
        audit("who", "github", String.valueOf(turn.getNumber()), "--file", file().toString());
    assertThat(who.exit()).as(who.err()).isZero();
    assertThat(who.outLines()).hasSize(1);
    assertThat(who.out().split("\t"))
        .startsWith("turn", turn.getTokenId(), "1001", "local", "127.0.0.1");
    assertThat(audit("who", "github", "1002", "--file", file().toString()).exit()).isEqualTo(3);

    Cli.Result verify = audit("verify", file().toString(), "--public-key", file() + ".key.pub");
    assertThat(verify.exit()).as(verify.out()).isZero();
    assertThat(verify.out()).contains("signed up to record").doesNotContain("note:");

    String whole = Files.readString(file());
    assertThat(whole).doesNotContain(Broker.SECRET);
    Files.writeString(file(), whole.replaceFirst("\"local\"", "\"nobody\""));
    Cli.Result broken = audit("verify", file().toString());
    assertThat(broken.exit()).isEqualTo(65);
    assertThat(broken.out()).contains("BROKEN: " + file() + ":2: record 2 is not what record 3");
  }

  @Test
  void aKillIsToldByTheNextStart() throws Exception {
    try (Broker broker = Broker.start(directory.resolve("data"), settings(Map.of()));
        Caller caller = broker.caller()) {
      assertThat(caller.add("github", 3, 1)).hasSize(3);
      caller.next("github");
      Eventually.until("the turn is written", () -> count("turns") == 1);
      broker.kill();
    }
    try (Broker broker = Broker.start(directory.resolve("data"), settings(Map.of()))) {
      assertThat(broker.stop()).isZero();
    }

    Cli.Result verify = audit("verify", file().toString());
    assertThat(verify.exit()).as(verify.out()).isZero();
    assertThat(verify.out()).contains("the broker was killed before this start");
    // what was answered before the kill was written before it was answered
    assertThat(count("request")).isEqualTo(1);
    assertThat(count("answer")).isEqualTo(1);
  }

  @Test
  void whatAPolicyRefusesIsWrittenAndNothingOfItBegins() throws Exception {
    Path policy = directory.resolve("policy.yaml");
    Files.writeString(
        policy,
        """
        rules:
          - callers: ["local"]
            accounts: ["github"]
            may: [admin.write]
        """);
    Map<String, String> settings = settings(Map.of("POLICY_FILE", policy.toString()));
    try (Broker broker = Broker.start(directory.resolve("data"), settings);
        Caller caller = broker.caller()) {
      assertThat(caller.add("github", 3, 1)).hasSize(3);
      assertThat(code(() -> caller.next("github"))).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(code(() -> caller.add("gitlab", 1, 1))).isEqualTo(Status.Code.PERMISSION_DENIED);

      assertThat(records(file()))
          .filteredOn(one -> one.get("type").getAsString().equals("refused"))
          .extracting(
              one -> one.get("caller").getAsString() + " " + one.get("account").getAsString())
          .containsExactly("local github", "local gitlab");
      assertThat(count("request")).isEqualTo(1);
      assertThat(broker.stop()).isZero();
    }
  }

  private static Status.Code code(ThrowingCallable call) {
    return Status.fromThrowable(catchThrowable(call)).getCode();
  }

  @Test
  void aFileThatCannotBeWrittenToStopsTheStart() throws Exception {
    try (Broker first = Broker.start(directory.resolve("data"))) {
      // has made the keys for secrets, and said so
      assertThat(first.stop()).isZero();
    }
    String line =
        Refusal.of(
            List.of(),
            directory.resolve("data"),
            78,
            Map.of("AUDIT_FILE", directory.resolve("missing/audit.jsonl").toString()));
    assertThat(line).contains("missing/audit.jsonl").contains("cannot be written to");
  }

  @Test
  void onAFullDiskTurnsGoOnAndAdministrationIsRefusedUntilThereIsRoom() throws Exception {
    Path disk = Files.createDirectory(directory.resolve("disk"));
    List<String> by =
        List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            "mount -t tmpfs -o size=1m tmpfs " + disk + " && exec \"$@\"",
            "sh");
    assumeTrue(Tools.works(OWN_MOUNTS), "no namespace of its own for mounts");
    Map<String, String> settings =
        Map.of("AUDIT_FILE", disk.resolve("audit.jsonl").toString(), "AUDIT_FSYNC", "second");
    Path data = directory.resolve("data");
    // not closed: its log has an error, as it should
    Broker broker = Broker.start(by, data, settings);
    try (Caller caller = broker.caller()) {
      assertThat(caller.add("github", 3, 1)).hasSize(3);
      Path inside = Path.of("/proc/" + broker.pid() + "/root" + disk);
      fill(inside.resolve("filler"));

      Eventually.until("administration is refused", () -> refused(caller));
      for (int i = 0; i < 100; i++) {
        assertThat(caller.next("github").getNumber()).isPositive();
      }
      assertThat(broker.log().countWith("the audit log cannot be written")).isEqualTo(1);

      Files.delete(inside.resolve("filler"));
      Eventually.until("there is room", () -> !refused(caller));
      assertThat(caller.account("github").getTokenCount()).isEqualTo(3 + added);
      Eventually.until("turns are written", () -> turns(inside.resolve("audit.jsonl")) == 100);
      Files.copy(inside.resolve("audit.jsonl"), file());
      assertThat(audit("verify", file().toString()).exit()).isZero();
    } finally {
      broker.kill();
    }
  }

  private int added;

  /** Whether an addition was refused; if so nothing was added. */
  private boolean refused(Caller caller) {
    try {
      caller.add("github", 1, 1);
      added++;
      return false;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(e.getStatus().getDescription()).contains("nothing was done");
      return true;
    }
  }

  private long turns(Path in) {
    return records(in).stream()
        .filter(one -> one.get("type").getAsString().equals("turns"))
        .mapToLong(one -> one.get("count").getAsLong())
        .sum();
  }

  private static void fill(Path filler) throws IOException {
    try (OutputStream out =
        Files.newOutputStream(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      byte[] block = "x".repeat(1024).getBytes(StandardCharsets.US_ASCII);
      try {
        while (true) {
          out.write(block);
        }
      } catch (IOException full) {
        // that is what it is for
      }
    }
  }
}
