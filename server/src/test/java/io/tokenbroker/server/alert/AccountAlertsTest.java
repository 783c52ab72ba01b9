package io.tokenbroker.server.alert;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Duration;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.ListTokensRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.ResetTokenRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of a whole broker, whose clock only the test moves. */
class AccountAlertsTest {
  private static final AccountId ACME = new AccountId("acme");
  private static final java.time.Duration MINUTE = java.time.Duration.ofMinutes(1);
  private static final java.time.Duration SECOND = java.time.Duration.ofSeconds(1);

  private static final AlertSettings SETTINGS =
      new AlertSettings(
          2,
          MINUTE,
          MINUTE,
          java.time.Duration.ofDays(7),
          java.time.Duration.ofSeconds(10),
          java.time.Duration.ofDays(1),
          64 * 1024);

  private final TestBroker broker = new TestBroker();
  private final List<Alert> told = new ArrayList<>();
  private final AccountAlerts alerts = alerts(told);

  private AccountAlerts alerts(List<Alert> to) {
    return new AccountAlerts(
        broker.table.loaded(),
        SETTINGS,
        new AlertTexts(() -> "broker-1"),
        to::add,
        () -> broker.millis.get() * 1_000_000,
        broker::now);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void load() {
    var unused = broker.data().nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
  }

  private List<Token> tokens() {
    return broker
        .admin()
        .listTokens(ListTokensRequest.newBuilder().setAccount("acme").build())
        .getTokensList();
  }

  private void report(int token, Outcome outcome, int retryAfterSeconds) {
    Report.Builder report = Report.newBuilder().setOutcome(outcome);
    if (retryAfterSeconds > 0) {
      report.setRetryAfter(Duration.newBuilder().setSeconds(retryAfterSeconds));
    }
    var unused =
        broker
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("acme")
                    .setTokenId(tokens().get(token).getTokenId())
                    .setReport(report)
                    .build());
  }

  /** Takes turns until it is the token's, which the upstream refuses. */
  private void refuse(int token) {
    String id = tokens().get(token).getTokenId();
    Turn turn;
    do {
      turn =
          broker
              .data()
              .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build())
              .getTurn();
    } while (!turn.getTokenId().equals(id));
    var unused =
        broker
            .data()
            .reportOutcome(
                ReportOutcomeRequest.newBuilder()
                    .setAccount("acme")
                    .setTokenId(id)
                    .setTurn(turn.getNumber())
                    .setReport(Report.newBuilder().setOutcome(Outcome.OUTCOME_UNAUTHORIZED))
                    .build());
  }

  private void reset(int token) {
    var unused =
        broker
            .admin()
            .resetToken(
                ResetTokenRequest.newBuilder()
                    .setAccount("acme")
                    .setTokenId(tokens().get(token).getTokenId())
                    .build());
  }

  private void look() {
    alerts.changed(ACME);
    alerts.look();
  }

  /** As the broker does it, without a change. */
  private void pass(java.time.Duration time) {
    broker.pass(time);
    alerts.look();
  }

  private List<String> types() {
    return told.stream().map(alert -> json(alert).get("type").getAsString()).toList();
  }

  private static JsonObject json(Alert alert) {
    return JsonParser.parseString(alert.body()).getAsJsonObject();
  }

  @Test
  void anAccountThatIsOutIsToldOnceItHasBeenForAWhile() {
    broker.store.put("acme", "made-up-1", "made-up-2");
    load();
    look();
    report(0, Outcome.OUTCOME_RATE_LIMITED, 3600);
    report(1, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE.minus(SECOND));
    assertThat(told).isEmpty();

    pass(SECOND);
    for (int i = 0; i < 100; i++) {
      look();
    }
    assertThat(types()).containsExactly("account.out");
    JsonObject body = json(told.get(0));
    assertThat(body.get("id").getAsString()).isEqualTo(told.get(0).id()).startsWith("evt_");
    assertThat(body.get("timestamp").getAsString()).isEqualTo(broker.now().toString());
    assertThat(body.get("data"))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"broker": "broker-1", "account": "acme", "reason": "quarantine", "tokens": 2,
                 "ready": 0, "soon": 0, "benched": {"quarantine": 1, "cooldown": 1}}
                """));

    pass(java.time.Duration.ofMinutes(57)); // 58 min of 60
    pass(MINUTE.plus(SECOND));
    pass(MINUTE.minus(SECOND));
    assertThat(types()).as("soon, but not for long enough").hasSize(1);
    pass(SECOND);
    reset(1);
    look();
    pass(MINUTE);
    assertThat(types()).containsExactly("account.out", "account.low", "account.recovered");
    assertThat(told.stream().map(Alert::id)).doesNotHaveDuplicates();
  }

  @Test
  void oneThatWasLowForAMomentOnItsWayUpIsNotToldToBeLow() {
    broker.store.put("acme", "made-up-1", "made-up-2");
    load();
    report(0, Outcome.OUTCOME_UNAUTHORIZED, 0);
    report(1, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE);
    assertThat(types()).containsExactly("account.out");
    reset(0);
    look();
    pass(SECOND);
    reset(1);
    look();
    pass(MINUTE.minus(SECOND));
    assertThat(types()).hasSize(1);
    pass(SECOND);
    assertThat(types()).containsExactly("account.out", "account.recovered");
  }

  @Test
  void anAccountIsLowWithFewerThanSoMany() {
    broker.store.put("acme", "made-up-1", "made-up-2", "made-up-3");
    load();
    report(0, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE);
    assertThat(told).as("two are left").isEmpty();
    report(1, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE);
    assertThat(types()).containsExactly("account.low");
    assertThat(json(told.get(0)).getAsJsonObject("data").get("ready").getAsInt()).isEqualTo(1);
  }

  @Test
  void ofOneThatHasFewerTokensAllHaveToBeThere() {
    broker.store.put("acme", "made-up-1");
    broker.store.put("acme", "made-up-2", TokenSettings.DEFAULT.withEnabled(false));
    load();
    look();
    pass(MINUTE);
    assertThat(told).as("one of one").isEmpty();
    report(0, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE);
    assertThat(types()).containsExactly("account.out");
  }

  @Test
  void whatIsBackSoonIsNotOut() {
    broker.store.put("acme", "made-up-1", "made-up-2");
    load();
    for (int i = 0; i < 10; i++) {
      report(0, Outcome.OUTCOME_RATE_LIMITED, 50);
      report(1, Outcome.OUTCOME_RATE_LIMITED, 50);
      look();
      pass(java.time.Duration.ofSeconds(50));
    }
    assertThat(told).isEmpty();
  }

  @Test
  void whoGoesBackAndForthIsNotTold() {
    broker.store.put("acme", "made-up-1");
    load();
    for (int i = 0; i < 10; i++) {
      report(0, Outcome.OUTCOME_RATE_LIMITED, 3600);
      look();
      pass(MINUTE.minus(SECOND));
      reset(0);
      look();
      pass(SECOND);
    }
    assertThat(told).isEmpty();
  }

  /** Time goes by, and nobody asks for its tokens. */
  @Test
  void whatNobodyTellsOfIsSeenInTurn() {
    Instant expiry = broker.now().plus(java.time.Duration.ofDays(8));
    broker.store.put("acme", "made-up-1", TokenSettings.DEFAULT.withExpireTime(expiry));
    load();
    look();
    assertThat(told).isEmpty();
    broker.pass(java.time.Duration.ofDays(1));
    for (int i = 0; i <= broker.table.loaded().parts(); i++) {
      alerts.look();
    }
    assertThat(types()).containsExactly("token.expiring");
  }

  @Test
  void aTokenThatExpiresIsToldOnceAndAfterARestartUnderTheSameId() {
    Instant expiry = broker.now().plus(java.time.Duration.ofDays(3));
    broker.store.put(
        "acme", "made-up-1", TokenSettings.DEFAULT.withExpireTime(expiry).withLabel("ci"));
    broker.store.put("acme", "made-up-2");
    load();
    for (int i = 0; i < 100; i++) {
      look();
    }
    assertThat(types()).containsExactly("token.expiring");
    JsonObject data = json(told.get(0)).getAsJsonObject("data");
    assertThat(data.get("token_id").getAsString()).isEqualTo(tokens().get(0).getTokenId());
    assertThat(data.get("label").getAsString()).isEqualTo("ci");
    assertThat(data.get("expire_time").getAsString()).isEqualTo(expiry.toString());

    List<Alert> again = new ArrayList<>();
    AccountAlerts restarted = alerts(again);
    restarted.changed(ACME);
    broker.pass(SECOND);
    restarted.look();
    assertThat(again).singleElement().extracting(Alert::id).isEqualTo(told.get(0).id());
  }

  @Test
  void noMoreThanAHundredThatExpireAreToldAtOnce() {
    Instant expiry = broker.now().plus(java.time.Duration.ofDays(3));
    for (int i = 0; i < 150; i++) {
      broker.store.put("acme", "made-up-" + i, TokenSettings.DEFAULT.withExpireTime(expiry));
    }
    load();
    look();
    look();
    assertThat(told).hasSize(100);
  }

  @Test
  void whatHasNoRoomIsForgottenAndToldAgain() {
    Instant expiry = broker.now().plus(java.time.Duration.ofDays(3));
    AccountAlerts few =
        new AccountAlerts(
            broker.table.loaded(),
            SETTINGS,
            new AlertTexts(() -> "broker-1"),
            told::add,
            () -> broker.millis.get() * 1_000_000,
            broker::now,
            // an account and two of its tokens
            3);
    List<AccountId> accounts = List.of(ACME, new AccountId("beta"));
    for (AccountId account : accounts) {
      for (String secret : List.of("made-up-1", "made-up-2")) {
        broker.store.put(account.value(), secret, TokenSettings.DEFAULT.withExpireTime(expiry));
      }
      broker.table.load(account).join();
    }
    for (AccountId account : List.of(ACME, ACME, accounts.get(1), ACME)) {
      few.changed(account);
      few.look();
    }
    assertThat(types()).as("of acme, beta, and acme again").hasSize(6);
  }

  @Test
  void aTokenIsInQuarantineOnceHoweverOftenItsProbesFail() {
    AlertTexts texts = new AlertTexts(() -> "broker-1");
    broker.quarantines =
        (account, reported, outcome) ->
            told.add(
                texts.quarantined(account, reported.state().token(), "unauthorized", broker.now()));
    broker.store.put("acme", "made-up-1", "made-up-2");
    load();
    refuse(0);
    for (int i = 0; i < 3; i++) {
      broker.pass(java.time.Duration.ofHours(2));
      refuse(0);
    }
    assertThat(types()).containsExactly("token.quarantined");
    assertThat(told.get(0).body()).doesNotContain("made-up");
    reset(0);
    broker.pass(SECOND);
    report(0, Outcome.OUTCOME_UNAUTHORIZED, 0);
    assertThat(types()).hasSize(2);
    assertThat(told.get(1).id()).isNotEqualTo(told.get(0).id());
  }

  @Test
  void nothingIsRememberedOfWhatIsWellAndGoneAgain() {
    broker.store.put("acme", "made-up-1");
    load();
    report(0, Outcome.OUTCOME_UNAUTHORIZED, 0);
    look();
    pass(MINUTE);
    assertThat(types()).containsExactly("account.out");
    broker.store.removeByHand("acme");
    broker.refresher.refresh().join();
    look();
    pass(MINUTE);
    assertThat(told).as("deleted: nobody is told that it is well").hasSize(1);
  }
}
