package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.Labels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a policy file may say, and what is said of one that can't be used. */
class PolicyFileTest {
  private static final String GOOD =
      """
      rules:
        - callers: ["spiffe://tokenbroker.local/client", "key:nightly"]
          accounts: ["github-*"]
          may: [next, stream, lease, report]
        - callers: [key:ops]
          accounts: ["*"]
          may:
            - admin.read
            - admin.write
      """;

  private static final Caller NIGHTLY = caller("key:nightly");
  private static final Caller OPS = caller("key:ops");
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void file() throws IOException {
    file = directory.resolve("policy.yaml");
    write(GOOD);
  }

  private static Caller caller(String name) {
    return new Caller(Caller.Kind.KEY, name);
  }

  /** A new file each time, as a rename would make it. */
  private void write(String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    var unused = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private WatchedPolicy load() throws PolicyException {
    return WatchedPolicy.load(file, () -> NOW);
  }

  private List<String> problems(String text) throws IOException {
    write(text);
    try {
      load();
      return List.of();
    } catch (PolicyException e) {
      return e.problems().stream().map(line -> line.replace(file.toString(), "FILE")).toList();
    }
  }

  @Test
  void rulesAllowAndNothingElseDoes() throws Exception {
    WatchedPolicy policy = load();
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "github-1")).isTrue();
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "gitlab-1")).isFalse();
    assertThat(policy.allows(NIGHTLY, Permission.WATCH, "github-1")).isFalse();
    assertThat(policy.allows(caller("key:other"), Permission.NEXT, "github-1")).isFalse();
    assertThat(policy.allowsAnywhere(NIGHTLY, Permission.LEASE)).isTrue();
    assertThat(policy.allowsEverywhere(NIGHTLY, Permission.LEASE)).isFalse();
    assertThat(policy.allowsEverywhere(OPS, Permission.ADMIN_WRITE)).isTrue();
    assertThat(policy.allowsAnywhere(OPS, Permission.NEXT)).isFalse();
    assertThat(policy.status())
        .isEqualTo(new PolicyStatus(file.toString(), 2, Optional.of(NOW), List.of()));
  }

  @Test
  void aRuleMayBeAboutTokensWithALabelOnly() throws Exception {
    assertThat(
            problems(
                """
                rules:
                  - {callers: ["key:*"], accounts: ["github-*"], may: [next], labels: ["ci-*", night]}
                  - {callers: ["key:nightly"], accounts: [github-1], may: [next], labels: [own]}
                  - {callers: ["key:ops"], accounts: [github-1], may: [next]}
                """))
        .isEmpty();
    WatchedPolicy policy = load();
    Labels some = labels(policy, NIGHTLY, "github-1");
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "github-1")).isTrue();
    assertThat(List.of("ci-1", "night", "own", "nightly", "", "ci").stream().filter(some::include))
        .containsExactly("ci-1", "night", "own");
    assertThat(labels(policy, NIGHTLY, "github-2").include("own")).isFalse();
    assertThat(labels(policy, NIGHTLY, "github-1")).isEqualTo(some);
    assertThat(labels(policy, OPS, "github-1")).isSameAs(Labels.ALL);
    assertThat(labels(policy, OPS, "github-2").include("x")).isFalse();
    assertThat(policy.labels(caller("other"), Permission.NEXT, "github-1")).isNull();
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "x")).isFalse();
    assertThat(policy.allowsEverywhere(NIGHTLY, Permission.NEXT)).isFalse();
    assertThat(policy.explain(NIGHTLY, Permission.NEXT, Optional.of("github-2")).text())
        .isEqualTo(
            "key:nightly may next for account github-2, but only tokens labelled ci-*, night: "
                + file
                + ":2 allows it.");
    assertThat(policy.explain(OPS, Permission.NEXT, Optional.of("github-1")).text())
        .isEqualTo("key:ops may next for account github-1: " + file + ":4 allows it.");
  }

  private static Labels labels(WatchedPolicy policy, Caller caller, String account) {
    return Objects.requireNonNull(policy.labels(caller, Permission.NEXT, account));
  }

  @Test
  void labelsAreForWhatHandsOutTokens() throws Exception {
    assertThat(
            problems(
                """
                rules:
                  - {callers: [a], accounts: ["*"], may: [next, report], labels: [ci]}
                  - {callers: [a], accounts: ["*"], may: [next], labels: ci}
                  - {callers: [a], accounts: ["*"], may: [stream, lease], labels: []}
                """))
        .containsExactly(
            "FILE:2: labels are for rules that give next, stream and lease, and nothing else",
            "FILE:3: labels must be a list, such as [\"ci-*\"]",
            "FILE:4: labels is empty; leave out a rule that is for nobody or nothing");
  }

  @Test
  void theFirstBoundsForACallerCount() throws Exception {
    assertThat(
            problems(
                """
                rules:
                  - {callers: ["*"], accounts: ["*"], may: [next]}
                bounds:
                  - callers: ["key:nightly"]
                    turns_per_second: 500
                    streams: 20
                    waiters: 100
                    leases: 50
                    connections: 10
                  - {callers: ["key:*"], streams: 3}
                """))
        .isEmpty();
    WatchedPolicy policy = load();
    assertThat(policy.bounds("key:nightly")).isEqualTo(new Bounds(500, 20, 100, 50, 10));
    assertThat(policy.bounds("key:other")).isEqualTo(new Bounds(0, 3, 0, 0, 0));
    assertThat(policy.bounds("local")).isEqualTo(Bounds.NONE);
  }

  @Test
  void wrongBoundsAreToldWithTheirLine() throws Exception {
    assertThat(
            problems(
                """
                rules:
                  - {callers: ["*"], accounts: ["*"], may: [next]}
                bounds:
                  - callers: [a]
                    streams: 0
                    waiters: [1]
                    leases: 1000001
                  - connections: many
                  - streems: 1
                    callers: a
                  - nothing
                """))
        .containsExactly(
            "FILE:5: streams must be a number from 1 to 1000000",
            "FILE:6: waiters must be a number from 1 to 1000000",
            "FILE:7: leases must be a number from 1 to 1000000",
            "FILE:8: connections must be a number from 1 to 1000000",
            "FILE:8: the bounds have no callers",
            "FILE:9: \"streems\" is unknown; there are callers and turns_per_second, streams,"
                + " waiters, leases, connections",
            "FILE:10: callers must be a list, such as [\"key:nightly\"]",
            "FILE:11: bounds must be mappings with callers and what they may have");
  }

  @Test
  void decisionsAreExplained() throws Exception {
    WatchedPolicy policy = load();
    assertThat(policy.explain(NIGHTLY, Permission.NEXT, Optional.of("github-1")).text())
        .isEqualTo("key:nightly may next for account github-1: " + file + ":2 allows it.");
    assertThat(policy.explain(OPS, Permission.ADMIN_READ, Optional.empty()).text())
        .isEqualTo("key:ops may admin.read for all accounts: " + file + ":5 allows it.");
    assertThat(policy.explain(NIGHTLY, Permission.NEXT, Optional.of("x")).text())
        .endsWith("no rule that is for this caller allows it.");
    assertThat(policy.explain(caller("key:x"), Permission.NEXT, Optional.of("x")).text())
        .endsWith("no rule is for this caller.");
  }

  @Test
  void allThatIsWrongIsToldWithItsLine() throws Exception {
    assertThat(
            problems(
                """
                rules:
                  - callers: [a]
                    accounts: x
                    may: [nxt]
                  - callers: []
                    account: [x]
                    may: [next]
                  - nothing
                ruels: 1
                """))
        .containsExactly(
            "FILE:3: accounts must be a list, such as [\"github-*\"]",
            "FILE:4: \"nxt\" is no permission; there are next, stream, lease, report, watch,"
                + " admin.read, admin.write, debug, metrics",
            "FILE:5: callers is empty; leave out a rule that is for nobody or nothing",
            "FILE:6: \"account\" is unknown; a rule has callers, accounts, may and labels",
            "FILE:5: the rule has no accounts",
            "FILE:8: a rule must be a mapping with callers, accounts and may",
            "FILE:9: \"ruels\" is unknown; the keys are rules and bounds");
    assertThat(problems("rules:\n  - callers: [*a]\n"))
        .contains("FILE:2: callers must be a list of texts");
    assertThat(problems("rules:\n  - callers: [a\n"))
        .singleElement()
        .asString()
        .contains("FILE:", "is not valid YAML");
    assertThat(problems("rules:\n  - {callers: [\"a***\"], accounts: [b], may: [next]}\n"))
        .containsExactly("FILE:2: \"a***\" has too many stars in a row; two stand for anything");
    assertThat(problems("rules:\n  - {callers: [\" a\"], accounts: [b], may: [next]}\n"))
        .singleElement()
        .asString()
        .contains("FILE:2:", "white space");
    assertThat(problems("rules: [[[[")).singleElement().asString().contains("FILE:1");
    assertThat(problems("rules: " + "[".repeat(100_000)))
        .anySatisfy(line -> assertThat(line).contains("nested too deeply"));
    assertThat(problems("a: &x [1]\nrules: *x\n")).contains("FILE:2: rules must be a list");
    assertThat(problems("rules: []\n---\nrules: []\n"))
        .containsExactly("FILE:2: a second YAML document is not allowed");
  }

  @Test
  void whatCannotBeTrustedIsRefused() throws Exception {
    assertThat(problems("")).singleElement().asString().contains("has no rules");
    assertThat(problems("rules:\n")).singleElement().asString().contains("has no rules");
    assertThat(problems("rules: []\n")).singleElement().asString().contains("has no rules");
    assertThat(problems("#" + "x".repeat(1 << 20)))
        .singleElement()
        .asString()
        .contains("more than 1 MiB");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 'a'});
    assertThat(problem()).contains("is not UTF-8 text");
    write(GOOD);
    var unused = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(problem()).contains("may be written by everybody");
    Files.delete(file);
    assertThat(problem()).contains("does not exist");
    Path unused2 = Files.createDirectory(file);
    assertThat(problem()).contains("cannot be read");
  }

  private String problem() {
    try {
      load();
      return "";
    } catch (PolicyException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void aBrokenFileLeavesTheOneBeforeInForce() throws Exception {
    WatchedPolicy policy = load();
    write(GOOD.replace("key:nightly", "key:weekly"));
    assertThat(policy.reload()).isTrue();
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "github-1")).isFalse();
    assertThat(policy.allows(caller("key:weekly"), Permission.NEXT, "github-1")).isTrue();

    write("rules:\n  - callers: [key:nightly]\n");
    assertThat(policy.reload()).isFalse();
    assertThat(policy.allows(caller("key:weekly"), Permission.NEXT, "github-1")).isTrue();
    assertThat(policy.status().problems())
        .containsExactly(file + ":2: the rule has no accounts", file + ":2: the rule has no may");

    Files.delete(file);
    assertThat(policy.reload()).isFalse();
    assertThat(policy.allows(caller("key:weekly"), Permission.NEXT, "github-1")).isTrue();
    assertThat(policy.status().problems()).singleElement().asString().contains("does not exist");

    write(GOOD.replace("key:nightly", "key:weekly"));
    assertThat(policy.reload()).isFalse();
    assertThat(policy.status().problems()).isEmpty();
    write(GOOD);
    assertThat(policy.reload()).isTrue();
    assertThat(policy.allows(NIGHTLY, Permission.NEXT, "github-1")).isTrue();
  }

  @Test
  void moreCallersThanAreRememberedAreDecidedAllTheSame() throws Exception {
    write("rules:\n  - {callers: [\"jwt:*\"], accounts: [a, b-*], may: [next]}\n");
    WatchedPolicy policy = load();
    for (int i = 0; i < 10_000; i++) {
      Caller caller = caller("jwt:" + i);
      assertThat(policy.allows(caller, Permission.NEXT, "b-1")).isTrue();
      assertThat(policy.allows(caller, Permission.NEXT, "c")).isFalse();
    }
  }
}
