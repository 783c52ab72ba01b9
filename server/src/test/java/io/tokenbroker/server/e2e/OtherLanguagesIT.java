package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The broker called by tools that share no code with it, only the contract. */
class OtherLanguagesIT {
  @TempDir Path directory;

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

  /** As where there is a policy, which keeps reflection to those who may debug. */
  @Test
  void grpcurlByTheDescriptorSetShowsErrorsInWords() throws Exception {
    String set = Path.of("target", "tokenbroker", "proto", "tokenbroker-v1.binpb").toString();
    String grpcurl = grpcurl();
    try (Broker broker = Broker.start(directory)) {
      Ran unknown =
          Tools.run(
              List.of(
                  grpcurl,
                  "-plaintext",
                  "-protoset",
                  set,
                  "-d",
                  "{\"account\": \"nobody\"}",
                  broker.endpoint(),
                  "tokenbroker.v1.TokenBroker/NextToken"));
      assertThat(unknown.output())
          .contains("google.rpc.ErrorInfo", "\"reason\": \"CREDENTIALS_DO_NOT_EXIST\"")
          .doesNotContain("@value");
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
