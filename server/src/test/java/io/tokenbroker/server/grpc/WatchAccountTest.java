package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Status.Code;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.testing.Eventually;
import io.tokenbroker.server.testing.Reader;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AccountState;
import io.tokenbroker.v1.BenchReason;
import io.tokenbroker.v1.DeleteAccountRequest;
import io.tokenbroker.v1.NextTokenRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.WatchAccountRequest;
import io.tokenbroker.v1.WatchAccountResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WatchAccountTest {
  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  @Test
  void saysTheWholeStateFirst() throws Exception {
    broker.store.put("acme", "fake-secret", new TokenSettings("mine", 2, true, null));
    broker.store.put("acme", "s2", TokenSettings.DEFAULT.withEnabled(false));
    AccountState state = open("acme").next().getState();
    assertThat(state.getAccount()).isEqualTo("acme");
    assertThat(state.getTokenCount()).isEqualTo(2);
    assertThat(state.getReadyCount()).isEqualTo(1);
    assertThat(state.getTokensList())
        .extracting(Token::getTokenId, Token::getLabel, Token::getWeight, Token::getBenchReason)
        .containsExactly(
            tuple("1", "mine", 2, BenchReason.BENCH_REASON_UNSPECIFIED),
            tuple("2", "", 1, BenchReason.BENCH_REASON_DISABLED));
    assertThat(state.toString()).doesNotContain("fake-secret");
  }

  @Test
  void saysEachChangeAndNothingElse() throws Exception {
    Instant expiry = Instant.ofEpochMilli(broker.millis.get() + 50);
    broker.store.put("acme", "s1");
    broker.store.put("acme", "s2", TokenSettings.DEFAULT.withExpireTime(expiry));
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    assertThat(reader.next().getState().getReadyCount()).isEqualTo(2);

    reader.call().request(1);
    broker.data().nextToken(NextTokenRequest.newBuilder().setAccount("acme").build());
    broker.watches.expire();
    broker.refresher.refresh().join();
    broker.passToWatchers();
    assertThat(reader.hasMore()).isFalse();

    broker.watches.expire();
    AccountState expired = reader.next().getState();
    assertThat(expired.getReadyCount()).isEqualTo(1);
    assertThat(expired.getTokens(1).getBenchReason()).isEqualTo(BenchReason.BENCH_REASON_EXPIRED);

    broker.store.put("acme", "s3");
    broker.refresher.refresh().join();
    broker.passToWatchers();
    assertThat(reader.next().getState().getTokenCount()).isEqualTo(3);
  }

  @Test
  void aSlowReaderGetsTheNewestStateOnly() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    assertThat(reader.next().getState().getTokenCount()).isEqualTo(1);
    for (int i = 2; i <= 50; i++) {
      broker.store.put("acme", "s" + i);
      broker.refresher.refresh().join();
    }
    broker.passToWatchers();
    assertThat(reader.next().getState().getTokenCount()).isEqualTo(50);
    reader.call().request(1);
    broker.passToWatchers();
    assertThat(reader.hasMore()).isFalse();
  }

  @Test
  void collectsChangesForATenthOfASecond() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    reader.next();
    reader.call().request(9);
    for (int i = 2; i <= 9; i++) {
      broker.store.put("acme", "s" + i);
      broker.refresher.refresh().join();
      broker.millis.addAndGet(10);
      broker.alarms.ring();
    }
    assertThat(reader.hasMore()).isFalse();

    broker.millis.addAndGet(20);
    broker.alarms.ring();
    assertThat(reader.next().getState().getTokenCount()).isEqualTo(9);
    broker.passToWatchers();
    assertThat(reader.hasMore()).isFalse();
  }

  @Test
  void aStateIsMadeOnceForAllItsWatchers() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> one = open("acme");
    Reader<WatchAccountRequest, WatchAccountResponse> other = open("acme");
    assertThat(one.next()).isSameAs(other.next());
    broker.store.put("acme", "s2");
    broker.refresher.refresh().join();
    broker.passToWatchers();
    WatchAccountResponse second = one.next();
    assertThat(second.getState().getTokenCount()).isEqualTo(2);
    assertThat(other.next()).isSameAs(second);
  }

  @Test
  void whoComesLaterGetsWhatHasChangedMeanwhile() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> first = open("acme");
    first.next();
    broker.store.put("acme", "s2");
    broker.refresher.refresh().join();
    Reader<WatchAccountRequest, WatchAccountResponse> second = open("acme");
    second.call().request(1);
    assertThat(second.hasMore()).isFalse();
    broker.passToWatchers();
    assertThat(second.next().getState().getTokenCount()).isEqualTo(2);
  }

  @Test
  void aWaiterIsNoChange() throws Exception {
    TokenLimits limits = new TokenLimits(List.of(), List.of(), 1, 0);
    broker.store.put("acme", "s1", TokenSettings.DEFAULT.withLimits(limits));
    NextTokenRequest request = NextTokenRequest.newBuilder().setAccount("acme").build();
    broker.data().nextToken(request);
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    assertThat(reader.next().getState().getReadyCount()).isZero();
    broker.passToWatchers();

    var waiting = broker.futures().nextToken(request.toBuilder().setWait(true).build());
    reader.call().request(1);
    broker.passToWatchers();
    assertThat(reader.hasMore()).isFalse();
    waiting.cancel(true);
    broker.passToWatchers();
    assertThat(reader.hasMore()).isFalse();
  }

  @Test
  void aCrowdIsSentAPortionAtATime() throws Exception {
    broker.store.put(
        "acme", IntStream.range(0, 2_000).mapToObj(i -> "s" + i).toArray(String[]::new));
    List<Reader<WatchAccountRequest, WatchAccountResponse>> crowd = new ArrayList<>();
    int bytes = 0;
    for (int i = 0; i < 300; i++) {
      crowd.add(open("acme"));
      bytes = crowd.get(i).next().getSerializedSize();
      crowd.get(i).call().request(1);
    }
    broker.passToWatchers();
    broker.store.put("acme", "one more");
    broker.refresher.refresh().join();
    int portion = 1024 * 1024 / bytes + 1;
    broker.alarms.ring();
    assertThat(crowd).filteredOn(Reader::hasMore).hasSize(portion);
    for (int told = portion; told < crowd.size(); told += portion) {
      assertThat(crowd).filteredOn(Reader::hasMore).hasSize(told);
      broker.millis.addAndGet(16);
      broker.alarms.ring();
    }
    assertThat(crowd).allMatch(Reader::hasMore);
  }

  @Test
  void listsAThousandTokensAtMost() throws Exception {
    broker.store.put(
        "acme", IntStream.range(0, 1_500).mapToObj(i -> "s" + i).toArray(String[]::new));
    AccountState state = open("acme").next().getState();
    assertThat(state.getTokensCount()).isEqualTo(1_000);
    assertThat(state.getTokenCount()).isEqualTo(1_500);
    assertThat(state.getReadyCount()).isEqualTo(1_500);
  }

  @Test
  void listsNoMoreThan64KiBOfTokens() throws Exception {
    String label = "é".repeat(TokenSettings.MAX_LABEL_LENGTH);
    for (int i = 0; i < 300; i++) {
      broker.store.put("acme", "s" + i, TokenSettings.DEFAULT.withLabel(label));
    }
    AccountState state = open("acme").next().getState();
    int size = state.getSerializedSize();
    int each = size / state.getTokensCount();
    assertThat(size).isBetween(64 * 1024 - 2 * each, 64 * 1024 + 100);
    assertThat(state.getTokensList())
        .extracting(Token::getTokenId)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, state.getTokensCount()).mapToObj(Integer::toString).toList());
    assertThat(state.getTokenCount()).isEqualTo(300);
    assertThat(state.getReadyCount()).isEqualTo(300);
  }

  @Test
  void endsWhenTheAccountIsGone() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    reader.next();
    assertThat(
            broker
                .admin()
                .deleteAccount(DeleteAccountRequest.newBuilder().setAccount("acme").build())
                .getRemovedTokenCount())
        .isEqualTo(1);
    broker.passToWatchers();
    assertThat(Failure.of(reader.end().orElseThrow()).code()).isEqualTo(Code.NOT_FOUND);
    assertThat(broker.streams.size()).isZero();
  }

  @Test
  void failsForUnknownAccounts() throws Exception {
    Failure failure = Failure.of(open("42").end().orElseThrow());
    assertThat(failure.reason()).isEqualTo("CREDENTIALS_DO_NOT_EXIST");
    assertThat(broker.table.size()).isZero();
  }

  @Test
  void leavesNothingBehindWhenItsCallerCancels() throws Exception {
    broker.store.put("acme", "s1");
    Reader<WatchAccountRequest, WatchAccountResponse> reader = open("acme");
    reader.next();
    assertThat(broker.watchers.accounts()).containsExactly(new AccountId("acme"));
    reader.call().cancel("enough", null);
    Eventually.until("nobody watches", () -> broker.watchers.accounts().isEmpty());
  }

  private Reader<WatchAccountRequest, WatchAccountResponse> open(String account) {
    Reader<WatchAccountRequest, WatchAccountResponse> reader = new Reader<>();
    broker
        .async()
        .watchAccount(WatchAccountRequest.newBuilder().setAccount(account).build(), reader);
    return reader;
  }
}
