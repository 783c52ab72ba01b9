package io.tokenbroker.server.account;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.FailureReason;
import org.junit.jupiter.api.Test;

final class OpenDemandsTest {
  private static final AccountId ACME = new AccountId("acme");

  private final OpenDemands demands = new OpenDemands();

  @Test
  void aStreamIsItsCallersAlone() {
    demands.open(ACME, "key:one", "me-1", new Demand(1));
    assertThatThrownBy(() -> demands.request(ACME, "key:two", "me-1", 5))
        .is(because(FailureReason.STREAM_DOES_NOT_EXIST));
    demands.open(ACME, "key:two", "me-1", new Demand(1));
    assertThat(demands.request(ACME, "key:one", "me-1", 5)).isEqualTo(6);
    assertThat(demands.request(ACME, "key:two", "me-1", 7)).isEqualTo(8);
  }

  @Test
  void anIdIsFreeAgainOnceItsStreamHasEnded() {
    demands.open(ACME, "", "me-1", new Demand(1));
    assertThatThrownBy(() -> demands.open(ACME, "", "me-1", new Demand(1)))
        .is(because(FailureReason.STREAM_ALREADY_EXISTS));
    demands.close(ACME, "", "me-1");
    demands.open(ACME, "", "me-1", new Demand(3));
    assertThat(demands.request(ACME, "", "me-1", 1)).isEqualTo(4);
  }
}
