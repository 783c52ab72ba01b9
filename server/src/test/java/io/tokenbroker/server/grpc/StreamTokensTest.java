package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StreamTokensTest {
  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void suppliesBatchesInTurn() throws Exception {
    broker.store.put("acme", "s1", "s2", "s3");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 4, 0);
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      List<Turn> batch = reader.next().getTurnsList();
      assertThat(batch).hasSize(4);
      turns.addAll(batch);
    }
    for (int i = 0; i < turns.size(); i++) {
      assertThat(turns.get(i).getNumber()).isEqualTo(i + 1);
      assertThat(turns.get(i).getSecret()).isEqualTo("s" + (1 + i % 3));
    }
  }

  @Test
  void hasAHundredTurnsInABatchByDefault() throws Exception {
    broker.store.put("acme", "s1");
    assertThat(open("acme", 0, 0).next().getTurnsCount()).isEqualTo(100);
  }

  @Test
  void endsAtItsLimit() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 4, 10);
    assertThat(reader.next().getTurnsCount()).isEqualTo(4);
    assertThat(reader.next().getTurnsCount()).isEqualTo(4);
    assertThat(reader.next().getTurnsCount()).isEqualTo(2);
    assertThat(reader.end()).isEmpty();
    assertThat(broker.streams.size()).isZero();
  }

  @Test
  void makesNoTurnsForAReaderThatDoesNotRead() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 10, 0);
    assertThat(reader.next().getTurnsCount()).isEqualTo(10);
    // the in-process transport is ready for exactly as many messages as were asked for
    long turn = broker.table.state(new AccountId("acme"), 0).orElseThrow().turn();
    assertThat(turn).isLessThanOrEqualTo(20);
    assertThat(reader.hasMore()).isFalse();
  }

  @Test
  void endsWhenItsCallerCancels() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 10, 0);
    reader.next();
    assertThat(broker.streams.size()).isEqualTo(1);
    reader.call().cancel("enough", null);
    Eventually.until("no stream is open", () -> broker.streams.size() == 0);
  }

  @Test
  void endsWithARetryableStatusAtADrain() throws Exception {
    broker.store.put("acme", "s1");
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 10, 0);
    reader.next();
    broker.streams.close();
    Failure failure = Failure.of(reader.end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
    assertThat(failure.reason()).isEqualTo("SHUTTING_DOWN");
    assertThat(failure.retrySeconds()).isPositive();
    Reader<StreamTokensRequest, StreamTokensResponse> late = open("acme", 10, 0);
    assertThat(Failure.of(late.end().orElseThrow()).reason()).isEqualTo("SHUTTING_DOWN");
    assertThat(broker.streams.size()).isZero();
  }

  @Test
  void endsWhenNoTokenIsLeft() throws Exception {
    Instant expiry = Instant.ofEpochMilli(broker.millis.get() + 5);
    broker.store.put("acme", "s1", TokenSettings.DEFAULT.withExpireTime(expiry));
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 10, 0);
    reader.next();
    broker.millis.addAndGet(5);
    // one batch may have been on its way
    assertThat(Failure.of(reader.skipToEnd().orElseThrow()).reason())
        .isEqualTo("TOKENS_QUARANTINED");
  }

  @Test
  void endsWhenTheBrokerFails() throws Exception {
    // one that expires, or nobody would ask for the time
    broker.store.put(
        "acme", "s1", new TokenSettings("", 1, true, Instant.parse("2999-01-01T00:00:00Z")));
    Reader<StreamTokensRequest, StreamTokensResponse> reader = open("acme", 10, 0);
    reader.next();
    broker.clockBroken = true;
    assertThat(Failure.of(reader.skipToEnd().orElseThrow()).code()).isEqualTo(Code.INTERNAL);
    assertThat(broker.streams.size()).isZero();
  }

  @Test
  void failsForUnknownAccounts() throws Exception {
    Failure failure = Failure.of(open("42", 10, 0).end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.message()).isEqualTo("No credentials for account 42.");
    assertThat(broker.streams.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"-1,0,batch_size", "1001,0,batch_size", "1,-1,limit"})
  void refusesInvalidFields(int batch, long limit, String field) throws Exception {
    broker.store.put("acme", "s1");
    Failure failure = Failure.of(open("acme", batch, limit).end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo(field);
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open(
      String account, int batch, long limit) {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    broker
        .async()
        .streamTokens(
            StreamTokensRequest.newBuilder()
                .setAccount(account)
                .setBatchSize(batch)
                .setLimit(limit)
                .build(),
            reader);
    return reader;
  }
}
