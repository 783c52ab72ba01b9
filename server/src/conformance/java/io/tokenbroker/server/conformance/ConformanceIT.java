package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tokenbroker.server.e2e.Broker;
import io.tokenbroker.server.e2e.Output;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.ListLeasesRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

/** Callers in all languages see the same of one broker, and their examples do what they say. */
@Tag("conformance")
class ConformanceIT {
  /** Names of languages, separated by commas: these alone. */
  private static final List<String> ONLY =
      Stream.of(System.getProperty("conformance.languages", "").split(",", -1))
          .filter(name -> !name.isBlank())
          .toList();

  private static final List<Runner> RUNNERS = new ArrayList<>();

  @TempDir static Path directory;
  private static Brokers brokers;

  @BeforeAll
  static void start() throws Exception {
    brokers = new Brokers(directory);
  }

  @AfterAll
  static void stop() {
    RUNNERS.forEach(Runner::close);
    brokers.close();
  }

  @TestFactory
  Stream<DynamicNode> everyLanguage() {
    Stream<DynamicNode> languages =
        ClientLanguage.all().stream()
            .filter(language -> ONLY.isEmpty() || ONLY.contains(language.name()))
            .map(
                language ->
                    // made when it is their turn
                    dynamicContainer(
                        language.name(), Stream.of(language).flatMap(ConformanceIT::testsOf)));
    // after Node, which brings buf
    return ONLY.isEmpty()
        ? Stream.concat(
            languages,
            Stream.of(dynamicTest("proto/buf.gen.yaml", () -> BufTemplate.check(directory))))
        : languages;
  }

  private static Stream<DynamicTest> testsOf(ClientLanguage language) {
    try {
      language.build();
      Runner runner = Runner.start(language);
      RUNNERS.add(runner);
      Stream<DynamicTest> cases =
          Case.all().stream()
              .map(
                  told -> dynamicTest(language + ": " + told, () -> check(told, language, runner)));
      return language.example().isEmpty()
          ? cases
          : Stream.concat(
              cases, Stream.of(dynamicTest(language + ": example", () -> example(language))));
    } catch (TestAbortedException | AssertionError e) {
      return Stream.of(
          dynamicTest(
              language + ": can be built",
              () -> {
                throw e;
              }));
    } catch (Exception e) {
      throw new AssertionError(language.name(), e);
    }
  }

  private static void check(Case told, ClientLanguage language, Runner runner) throws Exception {
    try {
      new CaseRun(told, runner, brokers).run(language.name());
    } catch (AssertionError e) {
      throw new AssertionError(language + ": " + told + ": " + e.getMessage(), e);
    }
    assertThat(String.join("\n", runner.errors())).doesNotContain(Broker.SECRET);
  }

  /** It runs until it is told to stop, and leaves no lease behind. */
  private static void example(ClientLanguage language) throws Exception {
    String account = language + "-example";
    List<String> ids = brokers.caller().add(account, 3, 1);
    Process process =
        language.start(
            List.of(language.example().toArray(String[]::new)),
            Map.of(
                "TOKENBROKER_ENDPOINT", brokers.endpoint("plain"), "TOKENBROKER_ACCOUNT", account));
    try {
      Output out = Output.of(process.getInputStream());
      Output err = Output.of(process.getErrorStream());
      Eventually.until(
          "it holds a lease", () -> out.firstWith("holds token").isPresent() || !process.isAlive());
      assertThat(process.isAlive()).as(out.lines() + "\n" + err.lines()).isTrue();
      assertThat(leases(account)).isEqualTo(1);
      boolean unused = process.toHandle().destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it stops").isTrue();
      String printed = out.text() + err.text();
      assertThat(process.exitValue()).as(printed).isZero();
      assertThat(leases(account)).as("leases that are left").isZero();
      assertThat(printed).doesNotContain(Broker.SECRET);
      assertThat(out.lines())
          .contains(
              "turn 1 is of token " + ids.get(0),
              "token " + ids.get(0) + " rests",
              "NOT_FOUND CREDENTIALS_DO_NOT_EXIST: No credentials for account nobody.",
              "INVALID_ARGUMENT INVALID_FIELD: count",
              "20 turns of a supply, at most 10 ahead");
    } finally {
      boolean unused = process.toHandle().destroyForcibly();
    }
  }

  private static int leases(String account) {
    return brokers
        .caller()
        .admin()
        .listLeases(ListLeasesRequest.newBuilder().setAccount(account).build())
        .getLeasesCount();
  }
}
