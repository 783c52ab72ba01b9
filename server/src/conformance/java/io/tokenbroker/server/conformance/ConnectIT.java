package io.tokenbroker.server.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonObject;
import io.tokenbroker.server.e2e.Broker;
import io.tokenbroker.server.e2e.Cli;
import io.tokenbroker.server.e2e.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Connect's own client, for Node, sees the HTTP port as it sees a server of Connect's. */
@Tag("conformance")
class ConnectIT {
  private static final Path PROGRAM = Path.of("src", "conformance", "connect").toAbsolutePath();

  @TempDir Path directory;

  @TestFactory
  Stream<DynamicTest> everyCase() throws Exception {
    for (String program : List.of("node", "npm")) {
      if (Tools.find("bin/" + program, program).isEmpty()) {
        throw Tools.missing("connect: there is no " + program);
      }
    }
    for (List<String> command :
        List.of(List.of("npm", "ci", "--silent"), List.of("npm", "run", "--silent", "generate"))) {
      Tools.Ran ran = Tools.run(builder(command));
      assertThat(ran.exit()).as(command + "\n" + ran.output()).isZero();
    }
    Tools.Ran ran = run();
    List<String> lines = ran.output().lines().toList();
    assertThat(lines).as(ran.output()).hasSizeGreaterThan(20).allMatch(line -> line.contains("\t"));
    assertThat(ran.output()).doesNotContain(Broker.SECRET);
    return lines.stream()
        .map(line -> line.split("\t", 2))
        .map(line -> dynamicTest(line[0], () -> assertThat(line[1]).isEqualTo("ok")));
  }

  private static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(PROGRAM.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TOKENBROKER_"));
    builder
        .environment()
        .put(
            "TOKENBROKER_PROTO",
            Path.of("target", "tokenbroker", "proto").toAbsolutePath().toString());
    return builder;
  }

  private Tools.Ran run() throws Exception {
    Path tls = directory.resolve("certificates");
    assertThat(Cli.run(Map.of(), "", "tls", "self-signed", tls.toString()).exit()).isZero();
    Path policy =
        Files.writeString(
            directory.resolve("policy.yaml"),
            "rules: [{callers: [\"key:web\"], accounts: [\"*\"], may: [next]}]\n");
    // while nobody is asked who calls
    String key;
    Path guardedData = directory.resolve("guarded");
    try (Broker open = Broker.start(guardedData)) {
      Cli.Result made =
          Cli.run(Map.of("TOKENBROKER_ENDPOINT", open.endpoint()), "", "callers", "add", "web");
      assertThat(made.exit()).as(made.err()).isZero();
      key = made.out().strip();
      assertThat(open.stop()).isZero();
    }
    try (Broker plain =
            Broker.start(directory.resolve("plain"), Map.of("LISTEN_HTTP", "127.0.0.1:0"));
        Broker guarded =
            Broker.start(
                guardedData,
                Map.of(
                    "LISTEN_HTTP", "127.0.0.1:0",
                    "IDENTITY_KEYS", "true",
                    "POLICY_FILE", policy.toString()));
        Broker secured =
            Broker.start(
                directory.resolve("secured"),
                Map.of(
                    "LISTEN_HTTP", "127.0.0.1:0",
                    "TLS_CERT_FILE", tls.resolve("server.pem").toString(),
                    "TLS_KEY_FILE", tls.resolve("server.key").toString(),
                    "TLS_CLIENT_CA_FILE", tls.resolve("ca.pem").toString()))) {
      JsonObject options = new JsonObject();
      options.addProperty("plain", "http://" + plain.httpAddress());
      options.addProperty("guarded", "http://" + guarded.httpAddress());
      options.addProperty("tls", "https://" + secured.httpAddress());
      options.addProperty("key", key);
      options.addProperty("ca", tls.resolve("ca.pem").toString());
      options.addProperty("cert", tls.resolve("client.pem").toString());
      options.addProperty("key_file", tls.resolve("client.key").toString());
      return Tools.run(builder(List.of("node", "conformance.js", options.toString())));
    }
  }
}
