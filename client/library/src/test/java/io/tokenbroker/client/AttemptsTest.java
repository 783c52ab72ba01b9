package io.tokenbroker.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.fake.Errors;
import io.tokenbroker.client.fake.FakeBroker;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import io.tokenbroker.v1.ReportOutcomeRequest;
import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AttemptsTest {
  private final FakeBroker broker = FakeBroker.inProcess();
  private final TokenBrokerClient client =
      TokenBrokerClient.over(broker.channel(), Duration.ofSeconds(10));
  private final List<Duration> pauses = new ArrayList<>();
  private long nanos = 5;
  private final Attempts attempts =
      new Attempts(
          client,
          () -> nanos,
          delay -> {
            pauses.add(delay);
            nanos += delay.toNanos();
          },
          () -> 0.5);
  private final List<String> used = new ArrayList<>();

  @AfterEach
  void close() {
    client.close();
    broker.close();
  }

  @Test
  void runsOnceAndReportsOk() {
    Answer<String> answer = client.withToken("a", turn -> Answer.ok(turn.getSecret()));
    assertThat(answer.value()).isEqualTo("made-up-1");
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_OK);
    assertThat(broker.tokens.asked).allMatch(asked -> asked.getWait());
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {
        "OUTCOME_RATE_LIMITED",
        "OUTCOME_QUOTA_EXHAUSTED",
        "OUTCOME_UNAUTHORIZED",
        "OUTCOME_FORBIDDEN"
      })
  void takesTheNextTokenWhenTheUpstreamRefusesThisOne(Outcome outcome) {
    AttemptOptions options = AttemptOptions.DEFAULT.withScope("gpt-9");
    Answer<String> answer = attempts.run("a", options, answers(outcome, Outcome.OUTCOME_OK));
    assertThat(answer.report().getOutcome()).isEqualTo(Outcome.OUTCOME_OK);
    assertThat(used).containsExactly("1", "2");
    assertThat(broker.tokens.reports)
        .extracting(ReportOutcomeRequest::getTokenId)
        .containsExactly("1", "2");
    assertThat(broker.tokens.reports).allMatch(report -> report.getScope().equals("gpt-9"));
    assertThat(outcomes()).containsExactly(outcome, Outcome.OUTCOME_OK);
    assertThat(pauses).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {"OUTCOME_OK", "OUTCOME_UPSTREAM_ERROR", "OUTCOME_CALLER_ERROR"})
  void doesNotTryAgainWhatAnotherTokenWouldNotMend(Outcome outcome) {
    var unused = attempts.run("a", AttemptOptions.DEFAULT, answers(outcome));
    assertThat(used).containsExactly("1");
    assertThat(outcomes()).containsExactly(outcome);
  }

  @Test
  void givesTheLastAnswerWhenNoAttemptIsLeft() {
    Answer<String> answer =
        attempts.run(
            "a",
            AttemptOptions.DEFAULT.withMaxAttempts(2),
            answers(Outcome.OUTCOME_RATE_LIMITED, Outcome.OUTCOME_UNAUTHORIZED));
    assertThat(answer.report().getOutcome()).isEqualTo(Outcome.OUTCOME_UNAUTHORIZED);
    assertThat(answer.value()).isEqualTo("with 2");
    assertThat(outcomes())
        .containsExactly(Outcome.OUTCOME_RATE_LIMITED, Outcome.OUTCOME_UNAUTHORIZED);
  }

  @Test
  void beginsNoAttemptAfterTheDeadline() {
    Call<String, RuntimeException> slow =
        turn -> {
          nanos += Duration.ofSeconds(31).toNanos();
          return new Answer<>("late", Reports.of(Outcome.OUTCOME_RATE_LIMITED));
        };
    assertThat(attempts.run("a", AttemptOptions.DEFAULT, slow).value()).isEqualTo("late");
    assertThat(broker.tokens.asked).hasSize(1);
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_RATE_LIMITED);
  }

  @Test
  void waitsAsLongAsTheBrokerAsks() {
    broker.tokens.failNext(Errors.cooling(Duration.ofSeconds(6)));
    var unused = attempts.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK));
    assertThat(pauses).singleElement().matches(p -> p.compareTo(Duration.ofSeconds(6)) >= 0);
    assertThat(used).hasSize(1);
  }

  @Test
  void doesNotWaitForWhatComesAfterTheDeadline() {
    broker.tokens.failNext(Errors.cooling(Duration.ofSeconds(31)));
    assertThatThrownBy(() -> attempts.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK)))
        .satisfies(e -> assertThat(BrokerErrors.reason(e)).contains("TOKENS_COOLING"));
    assertThat(pauses).isEmpty();
  }

  @Test
  void doesNotWaitForWhatNoWaitMends() {
    broker.tokens.failNext(Errors.noCredentials("a"));
    assertThatThrownBy(() -> attempts.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK)))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(pauses).isEmpty();
  }

  @Test
  void neverLoopsHotWhenTheBrokerSaysTryAtOnce() {
    StatusRuntimeException[] many = new StatusRuntimeException[1000];
    java.util.Arrays.fill(many, Errors.cooling(Duration.ZERO));
    broker.tokens.failNext(many);
    assertThatThrownBy(() -> attempts.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK)))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(broker.tokens.asked).hasSizeLessThan(20);
  }

  @Test
  void theAnswerIsNotLostWhenNoOtherTokenIsThere() {
    Answer<String> answer =
        attempts.run(
            "a",
            AttemptOptions.DEFAULT,
            turn -> {
              broker.tokens.failNext(Errors.noCredentials("a"));
              return new Answer<>("limited", Reports.of(Outcome.OUTCOME_RATE_LIMITED));
            });
    assertThat(answer.value()).isEqualTo("limited");
  }

  @Test
  void aReportThatFailsHidesNothing() {
    broker.tokens.failNextReports(Status.UNAVAILABLE.asRuntimeException());
    assertThat(attempts.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK)).value())
        .isEqualTo("with 1");
  }

  @Test
  void waitsALittleBeforeATokenThatTheBrokerDoesNotKnowToBeBad() {
    broker.tokens.failNextReports(Status.UNAVAILABLE.asRuntimeException());
    var unused =
        attempts.run(
            "a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_RATE_LIMITED, Outcome.OUTCOME_OK));
    assertThat(pauses).hasSize(1);
    assertThat(used).hasSize(2);
  }

  @Test
  void aReportWithTimesThatTheBrokerRefusesIsSentWithoutThem() {
    Report limited = Reports.of(Outcome.OUTCOME_RATE_LIMITED, Duration.ofSeconds(6));
    List<Report> reports = new ArrayList<>(List.of(limited, limited));
    var unused =
        attempts.run(
            "a",
            AttemptOptions.DEFAULT.withMaxAttempts(2),
            turn -> {
              broker.tokens.failNextReports(Errors.invalid("report.retry_after", "past"));
              return new Answer<>("", reports.remove(0));
            });
    Report bare = Reports.of(Outcome.OUTCOME_RATE_LIMITED);
    assertThat(broker.tokens.reports)
        .extracting(ReportOutcomeRequest::getReport)
        .containsExactly(limited, bare, limited, bare);
  }

  @Test
  void whatTheCallThrowsIsReportedAndThrown() {
    IOException broken = new IOException("reset by peer");
    Call<String, IOException> call =
        turn -> {
          throw broken;
        };
    assertThatThrownBy(() -> client.withToken("a", call)).isSameAs(broken);
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_UPSTREAM_ERROR);
    broker.tokens.failNextReports(Status.UNAVAILABLE.asRuntimeException());
    assertThatThrownBy(() -> client.withToken("a", call)).isSameAs(broken);
  }

  @Test
  void reportsEvenIfTheCallersContextIsOver() {
    Context.CancellableContext context = Context.current().withCancellation();
    context.run(
        () ->
            attempts.run(
                "a",
                AttemptOptions.DEFAULT,
                turn -> {
                  context.cancel(null);
                  return Answer.ok("");
                }));
    assertThat(outcomes()).containsExactly(Outcome.OUTCOME_OK);
  }

  @Test
  void anInterruptedThreadWaitsNoLonger() {
    Attempts interrupted =
        new Attempts(
            client,
            () -> nanos,
            delay -> {
              throw new InterruptedException();
            },
            () -> 0.5);
    broker.tokens.failNext(Errors.cooling(Duration.ofSeconds(1)));
    assertThatThrownBy(
            () -> interrupted.run("a", AttemptOptions.DEFAULT, answers(Outcome.OUTCOME_OK)))
        .isInstanceOf(StatusRuntimeException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  private Call<String, RuntimeException> answers(Outcome... outcomes) {
    List<Outcome> left = new ArrayList<>(List.of(outcomes));
    return (Turn turn) -> {
      used.add(turn.getTokenId());
      return new Answer<>("with " + turn.getTokenId(), Reports.of(left.remove(0)));
    };
  }

  private List<Outcome> outcomes() {
    return broker.tokens.reports.stream().map(report -> report.getReport().getOutcome()).toList();
  }
}
