package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.tokenbroker.server.e2e.EveryCall.Answer;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.TokenBrokerAdminGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A secret goes in, and is looked for everywhere but where it was asked for: answers, errors, the
 * log, the audit log, dumps, files, the process list, what the command prints.
 */
class CanaryIT {
  private static final Canary CANARY = new Canary(Broker.SECRET + "canary-7b1c4fd09ae25386");

  @TempDir Path directory;
  private Path printed;

  @BeforeEach
  void makeRoom() throws IOException {
    printed = Files.createDirectory(directory.resolve("printed"));
  }

  private Map<String, String> settings(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("AUDIT_FILE", directory.resolve("audit.jsonl").toString());
    settings.put("AUDIT_TURNS", "each");
    settings.put("LOG_LEVEL", "debug");
    settings.put("CHANNELZ", "true");
    return settings;
  }

  private void keep(String name, String text) throws IOException {
    Files.writeString(printed.resolve(name), text);
  }

  private Broker start(String javaOptions) throws InterruptedException {
    return Broker.start(
        directory.resolve("data"), settings(Map.of("JAVA_OPTS", "-Xmx512m " + javaOptions)));
  }

  private static String add(Caller caller) {
    return caller
        .admin()
        .addTokens(
            AddTokensRequest.newBuilder()
                .setAccount("canary")
                .addTokens(NewToken.newBuilder().setSecret(CANARY.secret()))
                .build())
        .getResults(0)
        .getToken()
        .getTokenId();
  }

  @Test
  void isNowhereButWhereItWasAskedFor() throws Exception {
    Path crash = directory.resolve("crash.log");
    Broker broker = start("-XX:ErrorFile=" + crash + " -XX:-CreateCoredumpOnCrash");
    try (Caller caller = broker.caller()) {
      String token = add(caller);
      EveryCall calls =
          new EveryCall(
              caller.channel(),
              Map.of(
                  "account", "canary",
                  "token_id", token,
                  "token_ids", token,
                  "holder", "worker",
                  "lease_id", "1-00000000000000000000000000000000",
                  "stream_id", "stream"),
              CANARY.secret());
      List<Answer> answers = calls.all();
      assertThat(answers).hasSize(4 * EveryCall.methods().size());
      assertThat(answers).filteredOn(a -> a.may() && CANARY.isIn(a.text())).isNotEmpty();
      assertThat(answers)
          .filteredOn(answer -> !answer.may() && CANARY.isIn(answer.text()))
          .extracting(Answer::method)
          .isEmpty();
      malformed(caller);
      // what was taken away is there again
      assertThat(add(caller)).isNotEmpty();
      command(broker);
      dumps(broker);

      Files.writeString(
          printed.resolve("processes"),
          Files.readString(Path.of("/proc/" + broker.pid() + "/cmdline"))
              + Files.readString(Path.of("/proc/" + broker.pid() + "/environ")));
      run("kill", "-SEGV", String.valueOf(broker.pid()));
      assertThat(broker.awaitExit()).isNotZero();
      assertThat(crash).exists();
      keep("log", broker.log().text());
    } finally {
      run("kill", "-KILL", String.valueOf(broker.pid()));
    }
    assertThat(Files.readString(printed.resolve("log"))).contains("\"DEBUG\"");
    assertThat(CANARY.filesWithIt(directory)).isEmpty();
  }

  /** Bytes that are no message, with the secret in them; and one that is too large. */
  private static void malformed(Caller caller) {
    for (byte[] bytes :
        List.of(
            ("\n\u0006canary\u0012\u00ff" + CANARY.secret()).getBytes(StandardCharsets.ISO_8859_1),
            CANARY.secret().repeat(200_000).getBytes(StandardCharsets.UTF_8))) {
      try {
        ClientCalls.blockingUnaryCall(
            caller.channel(),
            TokenBrokerAdminGrpc.getAddTokensMethod().toBuilder(
                    new Raw(), TokenBrokerAdminGrpc.getAddTokensMethod().getResponseMarshaller())
                .build(),
            CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS),
            bytes);
        throw new AssertionError("was taken");
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode())
            .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.RESOURCE_EXHAUSTED);
        assertThat(CANARY.isIn(e + " " + e.getTrailers())).isFalse();
      }
    }
  }

  private record Raw() implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException();
    }
  }

  private void command(Broker broker) throws Exception {
    String line = "{\"secret\":\"" + CANARY.secret() + "\"";
    String[][] commands = {
      {"", "accounts", "list", "--json"},
      {"", "accounts", "show", "canary"},
      {"", "tokens", "list", "canary", "--json"},
      {"", "tokens", "list", "canary"},
      {"", "lease", "list"},
      {CANARY.secret(), "tokens", "import", "canary", "-"},
      {line + "}\n" + line + "}", "tokens", "import", "canary", "-", "--json"},
      {line + ",\"weight\":1000}", "tokens", "import", "canary", "-"},
      {line, "tokens", "import", "canary", "-"},
      {"", "refresh", "canary"},
    };
    for (int i = 0; i < commands.length; i++) {
      String[] arguments = new String[commands[i].length - 1];
      System.arraycopy(commands[i], 1, arguments, 0, arguments.length);
      Cli.Result result = broker.cliWithInput(commands[i][0], arguments);
      keep("command-" + i, String.join(" ", arguments) + "\n" + result.out() + result.err());
    }
  }

  private void dumps(Broker broker) throws Exception {
    String pid = String.valueOf(broker.pid());
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (Files.isExecutable(jcmd)) {
      for (String what :
          List.of("Thread.print", "VM.command_line", "VM.system_properties", "VM.info")) {
        keep(what, run(jcmd.toString(), pid, what));
      }
    }
    run("kill", "-QUIT", pid);
    Eventually.until(
        "threads are dumped", () -> broker.out().firstWith("Full thread dump").isPresent());
    keep("dump", String.join("\n", broker.out().lines()));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out;
  }

  /** What an operator may have lying about of other programs must not switch it on. */
  @Test
  void framesAreNotLoggedWhateverElseIsConfigured() throws Exception {
    Path jul = directory.resolve("logging.properties");
    Files.writeString(
        jul,
        """
        handlers = java.util.logging.ConsoleHandler
        .level = ALL
        java.util.logging.ConsoleHandler.level = ALL
        io.grpc.level = ALL
        """);
    Path logback = directory.resolve("logback.xml");
    Files.writeString(
        logback,
        """
        <configuration>
          <appender name="C" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%msg%n</pattern></encoder>
          </appender>
          <root level="TRACE"><appender-ref ref="C"/></root>
        </configuration>
        """);
    Broker broker =
        start(
            "-Djava.util.logging.config.file="
                + jul
                + " -Dlogback.configurationFile="
                + logback
                + " -Dio.grpc.netty.shaded.io.netty.logging=true");
    try (Caller caller = broker.caller()) {
      add(caller);
      assertThat(caller.next("canary").getSecret()).isEqualTo(CANARY.secret());
      assertThat(broker.stop()).isZero();
    }
    String all = broker.log().text() + broker.out().text();
    assertThat(all).contains("serving");
    assertThat(CANARY.isIn(all)).isFalse();
    assertThat(all).doesNotContain("INBOUND").doesNotContain("OUTBOUND");
  }

  /** The search itself: it must be able to find. */
  @Test
  void isFoundInEveryForm() throws Exception {
    byte[] bytes = CANARY.secret().getBytes(StandardCharsets.UTF_8);
    keep("plain", "x" + CANARY.secret() + "y");
    keep("hex", HexFormat.of().formatHex(bytes));
    for (String before : List.of("", "a", "ab")) {
      byte[] text = (before + CANARY.secret() + "z").getBytes(StandardCharsets.UTF_8);
      keep("base64-" + before.length(), Base64.getEncoder().encodeToString(text));
      keep("url-" + before.length(), Base64.getUrlEncoder().encodeToString(text));
    }
    keep("nothing", "e2e-secret-other");

    assertThat(CANARY.filesWithIt(printed))
        .contains("plain", "hex", "base64-0", "base64-1", "base64-2", "url-0", "url-1", "url-2")
        .doesNotContain("nothing");
  }
}
