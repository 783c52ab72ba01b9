package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every command of README.md, word for word but for stand-ins, and that it does what it says. */
class ReadmeIT {
  private static final String FIRST_CALLS = Readme.FIRST_CALLS;
  private static final String FOR_REAL = Readme.FOR_REAL;

  /** What the comments beside commands promise, and what is then printed. */
  private static final Map<String, String> SAID =
      Map.of(
          "# the next token", "(?m)^TURN .*\n1 .* demo-token-1$",
          "# five, one JSON object a line", "(?m)(^\\{\"account\":\"demo\",.*\\}\n){5}",
          "# the account's state, at every change", "demo: turn \\d+, 3 of 3 tokens ready",
          "# token 1 rests for 30 s, the others go on", "(?m)^1 .*cooldown",
          "# leases a token, runs, gives it back", "(?m)^as demo-token-[23]$",
          "# the same by hand: prints LEASE_ID, FENCING, SECRET", "LEASE_ID +FENCING .*SECRET\n",
          "# turns per second, resting tokens, waiters, live", "demo: .* turns/s, .* 2 of 3 .*");

  @TempDir static Path directory;
  private static Path distribution;
  private static Broker demo;
  private static StandIns firstCalls;

  /** As {@code make run} does, but for the port. */
  @BeforeAll
  static void start() throws Exception {
    demo = Broker.start(directory.resolve("demo"), Map.of(), "--demo");
    firstCalls =
        new StandIns(
            Map.of(
                // it follows for ever
                "tokenbroker watch demo ",
                "read -r state < <(exec tokenbroker watch demo); echo \"$state\"; kill $! ",
                "tokenbroker lease acquire demo --ttl 1m ",
                "tokenbroker lease acquire demo --ttl 1m | tee granted ",
                "LEASE_ID FENCING --",
                "$(awk 'END { print $1, $2 }' granted) --",
                "127.0.0.1:50051 ",
                demo.endpoint() + " "));
    // where the PATH leads that the README has its readers set
    distribution = directory.resolve("server/target/tokenbroker");
    Files.createDirectories(distribution.getParent());
    Files.createSymbolicLink(distribution, Path.of("target", "tokenbroker").toAbsolutePath());
  }

  @AfterAll
  static void stop() throws IOException {
    Files.delete(distribution);
    demo.close();
  }

  private static String run(Map<String, String> environment, String script) throws Exception {
    Tools.Ran ran = Tools.run(Shell.of(directory, environment, script));
    assertThat(ran.exit()).as("%s%n%s", script, ran.output()).isZero();
    return ran.output();
  }

  static Stream<String> firstCalls() throws IOException {
    return Readme.commands(Readme.section(FIRST_CALLS)).stream();
  }

  @ParameterizedTest
  @MethodSource("firstCalls")
  void firstCalls(String block) throws Exception {
    Tools.requireFor(block);
    String printed = run(Map.of("TOKENBROKER_ENDPOINT", demo.endpoint()), firstCalls.in(block));
    SAID.forEach(
        (comment, said) -> {
          if (block.contains(comment)) {
            assertThat(printed).as(comment).containsPattern(said);
          }
        });
  }

  @Test
  void whatIsRunInsteadAndWhatIsPromisedIsWritten() throws IOException {
    String section = Readme.section(FIRST_CALLS);
    firstCalls.requireIn(section);
    assertThat(SAID.keySet()).allSatisfy(comment -> assertThat(section).contains(comment));
  }

  @Test
  void forReal() throws Exception {
    List<String> blocks = Readme.commands(Readme.section(FOR_REAL));
    StandIns broker =
        new StandIns(
            Map.of(
                "make dist ", ": ",
                "tokenbroker serve --listen 0.0.0.0:50051",
                    "exec tokenbroker serve --listen 127.0.0.1:0"));
    broker.requireIn(blocks.get(0));
    try (Broker real = Broker.of(Shell.of(directory, Map.of(), broker.in(blocks.get(0))).start())) {
      String check = "as admin policy check spiffe://tokenbroker.local/client admin.read ";
      StandIns callers =
          new StandIns(
              Map.of(
                  "localhost:50051",
                  real.endpoint().replace("127.0.0.1", "localhost"),
                  // these two are to fail
                  "as client accounts list ",
                  "as client accounts list && exit 1 ",
                  check,
                  check + "&& exit 1 "));
      callers.requireIn(blocks.get(1));
      assertThat(run(Map.of(), callers.in(blocks.get(1))))
          .containsPattern("(?m)^1 .* fake-secret-1$")
          .contains("local/client may not do that: no rule of the policy gives it admin.read")
          .contains("local/client may not admin.read for all accounts")
          .containsPattern("(?m)^[1-9]\\d* records; the last is ");
      assertThat(real.stop()).isZero();
    }
  }

  /** By another test, if not here; what {@code make} does is .ci/run's to try. */
  @Test
  void everyBlockIsRun() throws IOException {
    String text = Readme.text();
    assertThat(Block.of(text)).extracting(Block::language).containsOnly("sh", "java");
    assertThat(Readme.commands(Readme.section(FOR_REAL))).hasSize(3);
    String others =
        text.replace(Readme.section(FIRST_CALLS), "").replace(Readme.section(FOR_REAL), "");
    assertThat(Readme.commands(others))
        .singleElement()
        .satisfies(start -> assertThat(start.lines()).allMatch(line -> line.startsWith("make ")));
  }

  @Test
  void thePathLeadsToWhatWasBuilt() throws Exception {
    List<String> exports =
        Readme.text().lines().filter(line -> line.startsWith("export PATH=")).toList();
    assertThat(exports).hasSize(3);
    for (String export : exports) {
      assertThat(run(Map.of(), export + "\ncommand -v tokenbroker").strip())
          .isEqualTo(distribution.resolve("bin/tokenbroker").toString());
    }
  }
}
