package io.tokenbroker.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.AddTokensRequest;
import io.tokenbroker.v1.NewToken;
import io.tokenbroker.v1.NextTokensRequest;
import io.tokenbroker.v1.RefreshAccountRequest;
import io.tokenbroker.v1.RemoveTokensRequest;
import io.tokenbroker.v1.Token;
import io.tokenbroker.v1.Turn;
import io.tokenbroker.v1.UpdateTokenRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Operators change a big account that is loaded. */
class KnownChangesTest {
  private static final String BIG = "big";
  private static final AccountId ACCOUNT = new AccountId(BIG);
  private static final int TOKENS = 1_200;

  private final TestBroker broker = new TestBroker();

  @AfterEach
  void close() {
    broker.close();
  }

  private void load() {
    for (int i = 1; i <= TOKENS; i++) {
      broker.store.put(BIG, "made-up-" + i);
    }
    assertThat(ids()).hasSize(TOKENS);
  }

  /** All that one round hands out. */
  private List<String> ids() {
    List<String> ids = new ArrayList<>();
    while (true) {
      for (Turn turn :
          broker
              .data()
              .nextTokens(NextTokensRequest.newBuilder().setAccount(BIG).setCount(100).build())
              .getTurnsList()) {
        if (ids.contains(turn.getTokenId())) {
          return ids;
        }
        ids.add(turn.getTokenId());
      }
    }
  }

  private void disable(String token) {
    update(Token.newBuilder().setTokenId(token).setEnabled(false), "enabled");
  }

  private void add(String secret) {
    var unused =
        broker
            .admin()
            .addTokens(
                AddTokensRequest.newBuilder()
                    .setAccount(BIG)
                    .addTokens(NewToken.newBuilder().setSecret(secret))
                    .build());
  }

  private void remove(String token) {
    var unused =
        broker
            .admin()
            .removeTokens(
                RemoveTokensRequest.newBuilder().setAccount(BIG).addTokenIds(token).build());
  }

  @Test
  void nothingIsReadForThem() {
    load();
    int before = broker.store.calls();
    disable("7");
    add("made-up-more");
    remove("9");
    assertThat(broker.store.calls() - before).isEqualTo(3);
    assertThat(ids()).hasSize(TOKENS - 1).doesNotContain("7", "9").contains("" + (TOKENS + 1));

    before = broker.store.calls();
    broker.refresher.refresh().join();
    // what has changed, and its fingerprint, which is the same
    assertThat(broker.store.calls() - before).isLessThanOrEqualTo(2);
  }

  @Test
  void whatOthersChangedMeanwhileIsSeenByTheNextCheck() {
    load();
    broker.store.put(BIG, "made-up-theirs");
    disable("7");
    assertThat(ids()).hasSize(TOKENS - 1);
    broker.refresher.refresh().join();
    assertThat(ids()).hasSize(TOKENS).contains("" + (TOKENS + 1));
  }

  @Test
  void whatIsNotKnownAsTheChangeFoundItIsRead() {
    load();
    broker.store.put(BIG, "made-up-theirs");
    remove("" + (TOKENS + 1));
    assertThat(ids()).hasSize(TOKENS);
    broker.store.put(BIG, "made-up-late");
    add("made-up-late");
    assertThat(ids()).hasSize(TOKENS + 1).contains("" + (TOKENS + 2));
  }

  /** Changes come to memory in another order than to the store, and meet loads. */
  @Test
  void whatIsHandedOutIsWhatTheStoreHas() throws Exception {
    load();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> all = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      Random random = new Random(thread);
      int number = thread;
      all.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 200; i++) {
                  switch (random.nextInt(8)) {
                    case 0 -> add("made-up-by-" + number + "-" + i);
                    // what only one of them removes
                    case 1 -> remove("" + (100 + 200 * number + i));
                    case 2 -> refresh();
                    default -> label("" + (1 + random.nextInt(5)), number + "/" + i);
                  }
                }
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
    threads.shutdown();
    List<TokenInfo> stored = broker.store.listTokens(ACCOUNT, Optional.empty(), 2 * TOKENS);
    assertThat(broker.table.state(ACCOUNT, 2 * TOKENS).orElseThrow().tokens())
        .extracting(TokenStatus::token)
        .containsExactlyElementsOf(stored);
  }

  private void refresh() {
    var unused =
        broker.admin().refreshAccount(RefreshAccountRequest.newBuilder().setAccount(BIG).build());
  }

  private void label(String token, String label) {
    update(Token.newBuilder().setTokenId(token).setLabel(label), "label");
  }

  private void update(Token.Builder token, String path) {
    var unused =
        broker
            .admin()
            .updateToken(
                UpdateTokenRequest.newBuilder()
                    .setAccount(BIG)
                    .setToken(token)
                    .setUpdateMask(FieldMask.newBuilder().addPaths(path))
                    .build());
  }
}
