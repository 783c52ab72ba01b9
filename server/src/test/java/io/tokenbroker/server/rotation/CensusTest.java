package io.tokenbroker.server.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.testing.TestBroker;
import io.tokenbroker.v1.NextTokensRequest;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CensusTest {
  private final TestBroker broker = new TestBroker();
  private Set<AccountId> told = Set.of();

  @BeforeEach
  void accounts() {
    List.of("a", "b", "c").forEach(name -> broker.store.put(name, "made-up"));
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void turns(String account, int count) {
    var unused =
        broker
            .data()
            .nextTokens(NextTokensRequest.newBuilder().setAccount(account).setCount(count).build());
  }

  private Set<String> busiest(boolean anew) {
    told =
        broker.table.census(2, told, anew).busiest().stream()
            .map(Census.Account::account)
            .collect(Collectors.toSet());
    return told.stream().map(AccountId::value).collect(Collectors.toSet());
  }

  @Test
  void toldIsWhoWasToldUntilItIsLookedAnew() {
    turns("a", 9);
    assertThat(busiest(true)).containsExactly("a");
    for (int scrapes = 0; scrapes < 3; scrapes++) {
      assertThat(busiest(false)).containsExactly("a");
    }
    turns("b", 5);
    assertThat(busiest(false)).as("there is room").containsExactlyInAnyOrder("a", "b");
    turns("c", 50);
    assertThat(busiest(false)).as("nobody goes in between").containsExactlyInAnyOrder("a", "b");
    assertThat(busiest(true)).containsExactlyInAnyOrder("b", "c");
    assertThat(busiest(true)).as("who is idle stays while there is room").hasSize(2);
  }
}
