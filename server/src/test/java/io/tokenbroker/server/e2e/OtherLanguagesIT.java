package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tokenbroker.server.e2e.Tools.Ran;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
      assertThat(caller.next("a").getNumber()).isEqualTo(257);
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
    String grpcurl =
        Tools.find("bin/grpcurl", "grpcurl")
            .map(Path::toString)
            .orElseGet(() -> Assumptions.abort("there is no grpcurl"));
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
          .contains("google.rpc.ErrorInfo");
      assertThat(broker.stop()).isZero();
    }
  }

  private static Ran nextToken(String grpcurl, Broker broker, String account)
      throws IOException, InterruptedException {
    return Tools.run(
        List.of(
            grpcurl,
            "-plaintext",
            "-d",
            "{\"account\": \"" + account + "\"}",
            broker.endpoint(),
            "tokenbroker.v1.TokenBroker/NextToken"));
  }
}
