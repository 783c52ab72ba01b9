package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.ListAccountsRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Turn;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
  void theCallsOfAnAccountStayWithOneBrokerAndAccountsAreSpread() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      for (int i = 0; i < 100; i++) {
        for (int call = 0; call < 3; call++) {
          client.nextToken("account-" + i);
        }
      }
      Set<String> ofOne = accounts(one);
      Set<String> ofTwo = accounts(two);
      assertThat(ofOne).hasSizeBetween(20, 80).doesNotContainAnyElementsOf(ofTwo);
      assertThat(ofTwo).hasSize(100 - ofOne.size());
    }
  }

  @Test
  void aReportGoesToTheBrokerThatHandsOutTheToken() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      for (int i = 0; i < 30; i++) {
        String account = "account-" + i % 5;
        Turn turn = client.nextToken(account);
        client.nextTokens(account, 2);
        var unused = client.reportOutcome(account, turn, Reports.of(Outcome.OUTCOME_UNAUTHORIZED));
      }
      for (FakeBroker broker : List.of(one, two)) {
        assertThat(broker.tokens.reports)
            .extracting(ReportOutcomeRequest::getAccount)
            .containsExactlyElementsOf(
                broker.tokens.asked.stream().map(NextTokenRequest::getAccount).toList());
        assertThat(broker.tokens.askedForSeveral).hasSameSizeAs(broker.tokens.reports);
      }
    }
  }

  @Test
  void aLeaseIsRenewedAndReleasedWhereItWasGranted() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      for (int i = 0; i < 10; i++) {
        try (TokenLease lease = client.acquireLease("account-" + i, LeaseOptions.of("batch"))) {
          lease.renew();
          assertThat(lease.renewAsync(Duration.ofSeconds(30)).get()).isTrue();
        }
      }
      for (FakeBroker broker : List.of(one, two)) {
        assertThat(broker.leases.renewals).hasSize(2 * broker.leases.acquired.size());
        assertThat(broker.leases.releases).hasSameSizeAs(broker.leases.acquired);
        assertThat(broker.leases.standing()).isEmpty();
      }
    }
  }

  @Test
  void aLeaseGrantedByTheOtherBrokerStaysThereWhenTheFirstIsBack() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      FakeBroker first = brokerOfA(client);
      FakeBroker other = first == one ? two : one;
      first.close();
      client.nextToken("a"); // is tried again, unlike the lease
      try (TokenLease lease = client.acquireLease("a", LeaseOptions.of("batch"));
          FakeBroker back = FakeBroker.listening(first.endpoint())) {
        while (back.tokens.calls.get() == 0) {
          client.nextToken("a");
        }
        lease.renew();
        assertThat(other.leases.renewals).hasSize(1);
      }
      assertThat(other.leases.releases).hasSize(1);
    }
  }

  @Test
  void aStreamAndItsLeasesAreWithTheBrokerOfTheAccount() throws Exception {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      for (int i = 0; i < 10; i++) {
        client.nextToken("account-" + i);
        try (TokenSequence sequence = client.stream("account-" + i);
            LeaseStream leases =
                client.streamLeases(
                    "account-" + i, LeaseStreamOptions.of("worker-" + i), lost -> {})) {
          sequence.take(Duration.ofSeconds(30));
          leases.take(Duration.ofSeconds(30)).release();
        }
      }
      for (FakeBroker broker : List.of(one, two)) {
        int accounts = accounts(broker).size();
        assertThat(broker.tokens.streams).hasSize(accounts);
        assertThat(broker.leases.streamed).hasSize(accounts);
      }
    }
  }

  @Test
  void whatNamesNoAccountGoesToAllInTurn() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      while (one.admin.calls.get() == 0 || two.admin.calls.get() == 0) {
        list(client);
      }
      int before = one.admin.calls.get();
      int beforeTwo = two.admin.calls.get();
      for (int i = 0; i < 20; i++) {
        list(client);
      }
      assertThat(one.admin.calls.get() - before).isEqualTo(10);
      assertThat(two.admin.calls.get() - beforeTwo).isEqualTo(10);
    }
  }

  @Test
  void theCallsOfAnAccountComeBackWithItsBroker() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      FakeBroker first = brokerOfA(client);
      FakeBroker other = first == one ? two : one;
      first.close();
      client.nextToken("a");
      assertThat(other.tokens.calls).hasValue(1);
      try (FakeBroker back = FakeBroker.listening(first.endpoint())) {
        while (back.tokens.calls.get() == 0) {
          client.nextToken("a");
        }
        int calls = other.tokens.calls.get();
        client.nextToken("a");
        assertThat(other.tokens.calls).hasValue(calls);
      }
    }
  }

  @Test
  void whatOneBrokerCannotDoIsTriedAtTheNext() {
    try (TokenBrokerClient client = TokenBrokerClient.connect(one.endpoint(), two.endpoint())) {
      FakeBroker first = brokerOfA(client);
      FakeBroker other = first == one ? two : one;
      first.tokens.failNext(unavailable());
      client.nextToken("a");
      assertThat(other.tokens.calls).hasValue(1);
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

  private FakeBroker brokerOfA(TokenBrokerClient client) {
    client.nextToken("a");
    return one.tokens.calls.get() > 0 ? one : two;
  }

  private static Set<String> accounts(FakeBroker broker) {
    return broker.tokens.asked.stream()
        .map(NextTokenRequest::getAccount)
        .collect(Collectors.toSet());
  }

  private static void list(TokenBrokerClient client) {
    var unused = client.adminStub().listAccounts(ListAccountsRequest.getDefaultInstance());
  }

  private void connectToBoth(TokenBrokerClient client) {
    for (int i = 0; one.tokens.calls.get() == 0 || two.tokens.calls.get() == 0; i++) {
      client.nextToken("account-" + i);
    }
  }
}
