package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.e2e.Tools.Ran;
import io.tokenbroker.server.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker called by programs that share no code with it, only the contract. */
class OtherLanguagesIT {
  private static final Path CONTRACT = Path.of("..", "proto", "src", "main", "proto");
  private static final Path CLIENT = Path.of("src", "test", "python", "client.py");

  @TempDir Path directory;

  @Test
  void pythonWithGeneratedStubs() throws Exception {
    String python = python();
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      List<String> ids = caller.add("a", 3, 1);
      Path stubs = Files.createDirectories(Path.of("target", "python-stubs"));
      Ran ran =
          Tools.run(
              List.of(
                  python,
                  CLIENT.toString(),
                  CONTRACT.toString(),
                  stubs.toString(),
                  broker.endpoint(),
                  "a"));
      assertThat(ran.exit()).as(ran.output()).isZero();
      JsonObject seen = JsonParser.parseString(ran.output()).getAsJsonObject();
      assertThat(seen.get("next_token").toString()).isEqualTo("[[1,\"" + ids.get(0) + "\"]]");
      assertThat(seen.get("next_tokens").getAsJsonArray()).hasSize(5);
      assertThat(seen.get("next_tokens").getAsJsonArray().get(4).toString())
          .isEqualTo("[6,\"" + ids.get(2) + "\"]");
      assertThat(seen.get("stream_tokens").getAsJsonArray()).hasSize(250);
      assertThat(seen.get("stream_tokens").getAsJsonArray().get(249).toString())
          .isEqualTo("[256,\"" + ids.get(0) + "\"]");
      assertThat(seen.get("secrets_are_right").getAsBoolean()).isTrue();
      assertThat(seen.get("error").toString())
          .isEqualTo(
              "[\"NOT_FOUND\",\"tokenbroker\",\"CREDENTIALS_DO_NOT_EXIST\",\"nobody\","
                  + "\"No credentials for account nobody.\"]");
      JsonObject demand = seen.get("demand").getAsJsonObject();
      assertThat(demand.get("made_for_a_stopped_reader").getAsInt()).isBetween(50, 70);
      assertThat(demand.get("outstanding").getAsInt()).isBetween(30, 50);
      assertThat(demand.get("read").getAsInt()).isEqualTo(100);
      assertThat(caller.next("a").getNumber()).isEqualTo(256 + 100 + 1 + 1);
      assertThat(broker.stop()).isZero();
    }
  }

  private static String python() throws IOException, InterruptedException {
    String python =
        Tools.find("python/bin/python", "python3")
            .map(Path::toString)
            .orElseThrow(() -> Tools.missing("there is no python3"));
    Ran imports =
        Tools.run(List.of(python, "-c", "import grpc, grpc_tools.protoc, grpc_status.rpc_status"));
    if (imports.exit() != 0) {
      throw Tools.missing(python + " has no grpcio, grpcio-tools and grpcio-status");
    }
    return python;
  }

  @Test
  void grpcurlByReflection() throws Exception {
    String grpcurl = grpcurl();
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      List<String> ids = caller.add("a", 2, 1);
      assertThat(Tools.run(List.of(grpcurl, "-plaintext", broker.endpoint(), "list")).output())
          .contains("tokenbroker.v1.TokenBroker\n", "tokenbroker.v1.TokenBrokerAdmin\n")
          .contains("grpc.health.v1.Health\n", "grpc.reflection.v1.ServerReflection\n");
      Ran next = nextToken(grpcurl, broker, "a");
      assertThat(next.exit()).as(next.output()).isZero();
      assertThat(next.output())
          .containsPattern("\"token_?[iI]d\": \"" + ids.get(0) + "\"")
          .contains("\"number\": \"1\"", Broker.SECRET);
      Ran unknown = nextToken(grpcurl, broker, "nobody");
      assertThat(unknown.exit()).isNotZero();
      assertThat(unknown.output())
          .contains("Code: NotFound", "Message: No credentials for account nobody.")
          .contains("google.rpc.ErrorInfo", "\"reason\": \"CREDENTIALS_DO_NOT_EXIST\"")
          .doesNotContain("@value");
      assertThat(acquireLease(grpcurl, broker).exit()).isZero();
      assertThat(acquireLease(grpcurl, broker).exit()).isZero();
      assertThat(acquireLease(grpcurl, broker).output())
          .contains("\"reason\": \"TOKENS_LEASED\"", "google.rpc.RetryInfo")
          .containsPattern("\"retry_?[dD]elay\": \"[0-9.]+s\"");
      assertThat(broker.stop()).isZero();
    }
  }

  @Test
  void aCompilerOf2022TakesTheDescriptorSet() throws Exception {
    String protoc =
        Tools.find("bin/protoc-21", "protoc")
            .map(Path::toString)
            .orElseThrow(() -> Tools.missing("there is no protoc"));
    Path shipped = Path.of("target", "tokenbroker", "proto");
    List<String> command = new ArrayList<>();
    command.add(protoc);
    command.add("--descriptor_set_in=" + shipped.resolve("tokenbroker-v1.binpb"));
    command.add("--cpp_out=" + directory);
    try (Stream<Path> files = Files.list(shipped.resolve("tokenbroker/v1"))) {
      files.map(file -> shipped.relativize(file).toString()).sorted().forEach(command::add);
    }
    Ran ran = Tools.run(command);
    assertThat(ran.exit()).as(ran.output()).isZero();
    assertThat(directory.resolve("tokenbroker/v1/turn.pb.h")).content().contains("secret");
  }

  @Test
  void grpcurlAsksAStreamForWhatItWants() throws Exception {
    String grpcurl = grpcurl();
    try (Broker broker = Broker.start(directory);
        Caller caller = broker.caller()) {
      var unused = caller.add("a", 2, 1);
      Ran five = call(grpcurl, broker, "StreamTokens", "{'account': 'a', 'demand': 5}");
      assertThat(five.exit()).as(five.output()).isZero();
      assertThat(caller.next("a").getNumber()).isEqualTo(6);
      String open = "{'account': 'a', 'stream_id': 'me-1', 'demand': 3, 'limit': 8}";
      CompletableFuture<Ran> stream =
          CompletableFuture.supplyAsync(() -> callUnchecked(grpcurl, broker, "StreamTokens", open));
      String more = "{'account': 'a', 'stream_id': 'me-1', 'count': 5}";
      Eventually.until(
          "the stream is asked for more",
          () -> callUnchecked(grpcurl, broker, "RequestTurns", more).exit() == 0);
      assertThat(stream.join().exit()).as(stream.join().output()).isZero();
      assertThat(caller.next("a").getNumber()).isEqualTo(6 + 8 + 1);
      assertThat(call(grpcurl, broker, "RequestTurns", more).output())
          .contains("Code: NotFound", "Account a has no open stream me-1 on this broker.");
      assertThat(broker.stop()).isZero();
    }
  }

  private static String grpcurl() {
    return Tools.find("bin/grpcurl", "grpcurl")
        .map(Path::toString)
        .orElseGet(() -> Assumptions.abort("there is no grpcurl"));
  }

  private static Ran nextToken(String grpcurl, Broker broker, String account)
      throws IOException, InterruptedException {
    return call(grpcurl, broker, "NextToken", "{'account': '" + account + "'}");
  }

  private static Ran acquireLease(String grpcurl, Broker broker)
      throws IOException, InterruptedException {
    return call(grpcurl, broker, "AcquireLease", "{'account': 'a', 'holder': 'me', 'ttl': '60s'}");
  }

  private static Ran callUnchecked(String grpcurl, Broker broker, String method, String request) {
    try {
      return call(grpcurl, broker, method, request);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @param request JSON with single quotes
   */
  private static Ran call(String grpcurl, Broker broker, String method, String request)
      throws IOException, InterruptedException {
    return Tools.run(
        List.of(
            grpcurl,
            "-plaintext",
            "-d",
            request.replace('\'', '"'),
            broker.endpoint(),
            "tokenbroker.v1.TokenBroker/" + method));
  }
}
