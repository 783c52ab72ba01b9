package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import io.grpc.Status.Code;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stream's reader asked for, and nothing else, is made. */
final class DemandTest {
  private final TestBroker broker = new TestBroker();

  @BeforeEach
  void putTokens() {
    broker.store.put("acme", "s1", "s2", "s3");
  }

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void endsWhenItsDemandIsMetAndNobodyCanAskForMore() throws Exception {
    var reader = open(request().setBatchSize(4).setDemand(10));
    assertThat(count(reader, 10)).isEqualTo(10);
    assertThat(reader.end()).isEmpty();
    assertThat(handedOut()).isEqualTo(10);
  }

  @Test
  void waitsForMoreDemandByItsId() throws Exception {
    var reader = open(request().setStreamId("s-1").setBatchSize(4).setDemand(10));
    assertThat(count(reader, 10)).isEqualTo(10);
    assertThat(handedOut()).isEqualTo(10);
    assertThat(more("s-1", 7)).isEqualTo(7);
    assertThat(count(reader, 7)).isEqualTo(7);
    assertThat(handedOut()).isEqualTo(18); // 1 by the look before
    assertThat(broker.streams.size()).isEqualTo(1);
  }

  @Test
  void theLimitEndsItThoughThereIsDemand() throws Exception {
    var reader = open(request().setStreamId("s-1").setLimit(5).setDemand(3));
    assertThat(count(reader, 3)).isEqualTo(3);
    more("s-1", 7);
    assertThat(count(reader, 2)).isEqualTo(2);
    assertThat(reader.end()).isEmpty();
    assertThat(Failure.of(() -> more("s-1", 1)).reason()).isEqualTo("STREAM_DOES_NOT_EXIST");
  }

  @Test
  void isAHundredWhereATokenHasLimits() throws Exception {
    limit(1_000);
    var reader = open(request());
    assertThat(count(reader, 100)).isEqualTo(100);
    assertThat(reader.end()).isEmpty();
    assertThat(handedOut()).isEqualTo(100);
  }

  @Test
  void runsFreeWithoutLimitsUntilThereAreSome() throws Exception {
    var reader = open(request());
    assertThat(count(reader, 5_000)).isEqualTo(5_000);
    limit(100_000);
    long before = handedOut();
    // what was made before is still on its way
    assertThat(reader.skipToEnd()).isEmpty();
    assertThat(handedOut() - before - 1).isLessThanOrEqualTo(100);
  }

  @Test
  void withAnIdTheDefaultGrowsTooOnceItCounts() throws Exception {
    limit(1_000);
    var reader = open(request().setStreamId("s-1"));
    assertThat(count(reader, 100)).isEqualTo(100);
    assertThat(more("s-1", 5)).isEqualTo(5);
    assertThat(count(reader, 5)).isEqualTo(5);
  }

  @Test
  void addsUpToALong() throws Exception {
    limit(1);
    var reader = open(request().setStreamId("s-1").setDemand(Long.MAX_VALUE));
    assertThat(count(reader, 3)).isEqualTo(3);
    assertThat(more("s-1", 2)).isEqualTo(Long.MAX_VALUE - 1);
    assertThat(more("s-1", 5)).isEqualTo(Long.MAX_VALUE);
    assertThat(more("s-1", Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void refusesAnIdThatIsOpenAndNoOther() throws Exception {
    broker.store.put("other", "s1");
    var first = open(request().setStreamId("s-1").setDemand(1));
    first.next();
    Failure failure = Failure.of(open(request().setStreamId("s-1")).end().orElseThrow());
    assertThat(failure.code()).isEqualTo(Code.ALREADY_EXISTS);
    assertThat(failure.reason()).isEqualTo("STREAM_ALREADY_EXISTS");
    assertThat(failure.metadata())
        .containsEntry("account", "acme")
        .containsEntry("stream_id", "s-1");
    // another account's is another stream
    open(request().setAccount("other").setStreamId("s-1").setDemand(1)).next();
    more("s-1", 1);
    first.next();
    first.call().cancel("enough", null);
    Eventually.until("the first is closed", () -> broker.streams.size() == 1);
    open(request().setStreamId("s-1").setDemand(1)).next();
  }

  @Test
  void thereIsNothingToAskOfAStreamThatIsNotThere() {
    Failure failure = Failure.of(() -> more("s-1", 1));
    assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
    assertThat(failure.reason()).isEqualTo("STREAM_DOES_NOT_EXIST");
    assertThat(failure.metadata())
        .containsEntry("account", "acme")
        .containsEntry("stream_id", "s-1");
  }

  @ParameterizedTest
  @CsvSource({"'',1,stream_id", "s 1,1,stream_id", "s-1,0,count", "s-1,-1,count"})
  void refusesInvalidRequests(String id, long count, String field) {
    Failure failure = Failure.of(() -> more(id, count));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure.field()).isEqualTo(field);
  }

  @Test
  void refusesInvalidStreams() throws Exception {
    assertThat(refused(request().setDemand(-1))).isEqualTo("demand");
    assertThat(refused(request().setStreamId("é"))).isEqualTo("stream_id");
    assertThat(refused(request().setStreamId("x".repeat(65)))).isEqualTo("stream_id");
    open(request().setStreamId("x".repeat(64))).next();
  }

  /** Whoever has gone before its turns came leaves them to the others. */
  @Test
  void aStreamThatLeavesInTheQueueTakesNothing() throws Exception {
    limit(1);
    for (int i = 0; i < 3; i++) {
      handedOut();
    }
    var reader = open(request().setDemand(50));
    reader.call().request(1);
    Eventually.until("it waits", () -> waiters() == 1);
    reader.call().cancel("enough", null);
    Eventually.until("it has left", () -> waiters() == 0);
    broker.pass(java.time.Duration.ofSeconds(61));
    broker.alarms.ring();
    for (int i = 0; i < 3; i++) {
      handedOut();
    }
  }

  private int waiters() {
    return broker
        .table
        .state(new io.tokenbroker.server.model.AccountId("acme"), 0)
        .orElseThrow()
        .waiterCount();
  }

  private String refused(StreamTokensRequest.Builder request) throws Exception {
    return Failure.of(open(request).end().orElseThrow()).field();
  }

  private void limit(int count) {
    var unused =
        broker
            .admin()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount("acme")
                    .setSettings(
                        AccountSettings.newBuilder()
                            .setTokenLimits(
                                TokenLimits.newBuilder()
                                    .addRates(
                                        RateLimit.newBuilder()
                                            .setCount(count)
                                            .setWindow(Duration.newBuilder().setSeconds(60)))))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }

  private static StreamTokensRequest.Builder request() {
    return StreamTokensRequest.newBuilder().setAccount("acme");
  }

  private Reader<StreamTokensRequest, StreamTokensResponse> open(
      StreamTokensRequest.Builder request) {
    Reader<StreamTokensRequest, StreamTokensResponse> reader = new Reader<>();
    broker.async().streamTokens(request.build(), reader);
    return reader;
  }

  /** Reads until it has so many, or more. */
  private static int count(Reader<StreamTokensRequest, StreamTokensResponse> reader, int turns)
      throws InterruptedException {
    int count = 0;
    while (count < turns) {
      count += reader.next().getTurnsCount();
    }
    return count;
  }

  private long more(String id, long count) {
    return broker
        .data()
        .requestTurns(
            RequestTurnsRequest.newBuilder()
                .setAccount("acme")
                .setStreamId(id)
                .setCount(count)
                .build())
        .getOutstanding();
  }

  /** How many turns others have had; takes one to find out. */
  private long handedOut() {
    return broker
            .data()
            .nextToken(NextTokenRequest.newBuilder().setAccount("acme").build())
            .getTurn()
            .getNumber()
        - 1;
  }
}
