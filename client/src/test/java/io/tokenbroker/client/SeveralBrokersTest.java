package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.DeleteAccountRequest;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Over real sockets. */
class SeveralBrokersTest {
  private final FakeBroker one = FakeBroker.listening();
  private final FakeBroker two = FakeBroker.listening();

  @AfterEach
  void close() {
    one.close();
    two.close();
  }

  @Test
  void callsGoToAllInTurn() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      connectToBoth(client);
      int before = one.tokens.calls.get();
      int beforeTwo = two.tokens.calls.get();
      for (int i = 0; i < 20; i++) {
        client.nextToken("a");
      }
      assertThat(one.tokens.calls.get() - before).isEqualTo(10);
      assertThat(two.tokens.calls.get() - beforeTwo).isEqualTo(10);
    }
  }

  @Test
  void aBrokerThatIsLostCostsNoCall() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      connectToBoth(client);
      one.close();
      int before = two.tokens.calls.get();
      for (int i = 0; i < 50; i++) {
        client.nextToken("a");
      }
      assertThat(two.tokens.calls.get() - before).isEqualTo(50);
    }
  }

  @Test
  void aBrokerThatIsDownFromTheStartCostsNoCall() {
    one.close();
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      client.nextToken("a");
      assertThat(two.tokens.calls).hasValue(1);
    }
  }

  @Test
  void aHostNameThatDoesNotExistCostsNoCall() {
    try (TokenBrokerClient client =
        TokenBrokerClient.connect("broker.invalid:50051", two.endpoint())) {
      client.nextToken("a");
      assertThat(two.tokens.calls).hasValue(1);
    }
  }

  @Test
  void hostNamesAreResolved() {
    String port = two.endpoint().substring(two.endpoint().indexOf(':'));
    try (TokenBrokerClient client = TokenBrokerClient.connect("localhost" + port)) {
      client.nextToken("a");
      assertThat(two.tokens.calls).hasValue(1);
    }
  }

  @Test
  void aLostStreamGoesOnWithTheOtherBroker() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint());
        TokenSequence sequence = client.stream("a", StreamOptions.DEFAULT.withBatchSize(1))) {
      sequence.take(Duration.ofSeconds(30));
      FakeBroker serving = one.tokens.streams.isEmpty() ? two : one;
      FakeBroker other = serving == one ? two : one;
      serving.close();
      while (other.tokens.streams.isEmpty()) {
        sequence.take(Duration.ofSeconds(30));
      }
      sequence.take(Duration.ofSeconds(30));
    }
  }

  @Test
  void saysUnavailableWhenAllAreDown() {
    one.close();
    two.close();
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      assertThatThrownBy(() -> client.nextToken("a"))
          .satisfies(
              e ->
                  assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    }
  }

  @Test
  void triesAgainWhatMayBeDoneTwice() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint())) {
      one.tokens.failNext(unavailable(), unavailable(), unavailable());
      client.nextToken("a");
      assertThat(one.tokens.calls).hasValue(4);

      one.admin.failNext(unavailable());
      var unused = client.adminStub().addTokens(AddTokensRequest.getDefaultInstance());
      assertThat(one.admin.calls).hasValue(2);
    }
  }

  @Test
  void givesUpAfterFourTries() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint())) {
      one.tokens.failNext(unavailable(), unavailable(), unavailable(), unavailable());
      assertThatThrownBy(() -> client.nextToken("a")).hasMessageContaining("stopping");
      assertThat(one.tokens.calls).hasValue(4);
    }
  }

  @Test
  void doesNotTryAgainWhatMayNotBeDoneTwiceOrIsRefused() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint())) {
      one.admin.failNext(unavailable());
      assertThatThrownBy(
              () -> client.adminStub().deleteAccount(DeleteAccountRequest.getDefaultInstance()))
          .hasMessageContaining("stopping");
      assertThat(one.admin.calls).hasValue(1);

      one.tokens.failNext(Errors.noCredentials("a"));
      assertThatThrownBy(() -> client.nextToken("a")).hasMessageContaining("No credentials");
      assertThat(one.tokens.calls).hasValue(1);
    }
  }

  private static io.grpc.StatusRuntimeException unavailable() {
    return Errors.shuttingDown(Duration.ofMillis(1));
  }

  /** A call may find only one of the connections open yet. */
  private void connectToBoth(TokenBrokerClient client) {
    while (one.tokens.calls.get() == 0 || two.tokens.calls.get() == 0) {
      client.nextToken("a");
    }
  }
}
