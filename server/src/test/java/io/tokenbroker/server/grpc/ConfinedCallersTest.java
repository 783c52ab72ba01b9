package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.v1.AcquireLeaseRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.StreamLeasesRequest;
import io.tokenbroker.v1.StreamLeasesResponse;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenBrokerGrpc;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerBlockingStub;
import io.tokenbroker.v1.TokenBrokerGrpc.TokenBrokerStub;
import io.tokenbroker.v1.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A caller whose rules are about tokens with a label gets no other, by whichever call. */
class ConfinedCallersTest {
  private static final String RULES =
      """
      rules:
        - {callers: ["key:ci"], accounts: [acme], may: [next, stream, lease], labels: ["ci-*"]}
        - {callers: ["key:all"], accounts: [acme], may: [next, stream, lease]}
      """;

  @TempDir private Path directory;
  private GuardedServer server;
  private String key = "";

  @BeforeEach
  void start() throws Exception {
    server = new GuardedServer(directory, RULES);
    put("s1", "");
    put("s2", "ci-a");
    put("s3", "prod");
    put("s4", "ci-b");
    key = server.key("ci", Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void put(String secret, String label) {
    server.broker.store.put("acme", secret, TokenSettings.DEFAULT.withLabel(label));
  }

  private TokenBrokerBlockingStub stub(String with) {
    return TokenBrokerGrpc.newBlockingStub(server.channel)
        .withCallCredentials(GuardedServer.bearer(with));
  }

  private TokenBrokerStub async() {
    return TokenBrokerGrpc.newStub(server.channel).withCallCredentials(GuardedServer.bearer(key));
  }

  private String next(String with) {
    return stub(with)
        .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build())
        .getTurn()
        .getSecret();
  }

  private static List<String> secrets(List<Turn> turns) {
    return turns.stream().map(Turn::getSecret).toList();
  }

  @Test
  void turnsAreOfItsTokensAlone() throws Exception {
    assertThat(List.of(next(key), next(key), next(key))).containsExactly("s2", "s4", "s2");
    assertThat(
            secrets(
                stub(key)
                    .nextTokens(
                        NextTokensRequest.newBuilder().setAccount("acme").setCount(3).build())
                    .getTurnsList()))
        .containsExactly("s4", "s2", "s4");
    String all = server.key("all", Optional.empty());
    assertThat(List.of(next(all), next(all), next(all))).containsExactly("s1", "s2", "s3");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open();
    assertThat(secrets(reader.next().getTurnsList())).containsExactly("s2", "s4", "s2");
    reader.call().cancel("enough", null);
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open() {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    async()
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount("acme")
                .setDemand(3)
                .setStreamId("one") // so that it stays open
                .build(),
            reader);
    return reader;
  }

  @Test
  void leasesAreOfItsTokensAlone() throws Exception {
    List<String> leased = new ArrayList<>();
    leased.add(
        stub(key)
            .acquireLease(
                AcquireLeaseRequest.newBuilder().setAccount("acme").setHolder("h").build())
            .getLease()
            .getSecret());
    Reader<StreamLeasesRequest, StreamLeasesResponse> reader = new Reader<>();
    async()
        .streamLeases(
            StreamLeasesRequest.newBuilder().setAccount("acme").setHolder("w").setWindow(1).build(),
            reader);
    leased.add(reader.next().getGranted().getLease().getSecret());
    assertThat(leased).containsExactly("s2", "s4");
    Failure failure = Failure.of(() -> next(key));
    assertThat(failure.reason()).isEqualTo("TOKENS_LEASED");
    assertThat(failure.metadata()).containsEntry("leased", "2");
    reader.call().cancel("enough", null);
  }

  @Test
  void anAccountWithoutSuchATokenIsAsIfItDidNotExist() throws Exception {
    server.write(RULES.replace("ci-*", "other"));
    assertThat(server.policy.reload()).isTrue();
    Failure failure = Failure.of(() -> next(key));
    assertThat(failure.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(failure.reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
  }

  @Test
  void aStreamEndsWhenANewPolicySaysOtherLabels() throws Exception {
    Reader<StreamTokensRequest, StreamTokensResponse> stream = open();
    assertThat(stream.next().getTurnsCount()).isEqualTo(3);
    server.broker.streams.recheck();
    assertThat(server.broker.streams.size()).isEqualTo(1);
    server.write(RULES.replace("ci-*", "ci-a"));
    assertThat(server.policy.reload()).isTrue();
    server.broker.streams.recheck();
    Failure end = Failure.of(stream.end().orElseThrow());
    assertThat(end.code()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(List.of(next(key), next(key))).containsExactly("s2", "s2");
  }

  @Test
  void whoWasNotConfinedIsFromNowOn() throws Exception {
    server.write(RULES.replace(", labels: [\"ci-*\"]", ""));
    assertThat(server.policy.reload()).isTrue();
    Reader<StreamTokensRequest, StreamTokensResponse> stream = open();
    assertThat(secrets(stream.next().getTurnsList())).containsExactly("s1", "s2", "s3");
    server.write(RULES);
    assertThat(server.policy.reload()).isTrue();
    server.broker.streams.recheck();
    assertThat(Failure.of(stream.end().orElseThrow()).code())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(next(key)).isEqualTo("s2");
  }
}
