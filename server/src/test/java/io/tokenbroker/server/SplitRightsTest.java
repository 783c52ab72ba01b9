package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.rotation.Right;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** For how long a broker answers for accounts whose owners can't be reached. */
final class SplitRightsTest {
  private static final AccountId ACCOUNT = new AccountId("account");

  private final AtomicLong nanos = new AtomicLong();
  private volatile boolean owned;
  private CompletableFuture<?> look = CompletableFuture.completedFuture(null);
  private final SplitRights rights =
      new SplitRights(
          account -> owned,
          Right.State.UNLIMITED,
          account -> BrokerException.notOwner(account, 1, 2, "elsewhere:1", Duration.ZERO),
          () -> look,
          nanos::get);

  private boolean serves() {
    return rights.serves(ACCOUNT.value()).toCompletableFuture().join();
  }

  private Right right() {
    Right right = rights.of(ACCOUNT);
    assertThat(right).isNotNull();
    return right;
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void thereIsNoneUnlessAnOwnerCouldNotBeReached() {
    assertThat(rights.of(ACCOUNT)).isNull();
    assertThat(serves()).isTrue();
    assertThat(right().loads()).isTrue();
    assertThat(right().serves(false)).isTrue();
    assertThat(right().serves(true)).as("with limits").isFalse();
  }

  @Test
  void itBeginsOnceItWasLookedWhoOwnsWhat() {
    look = new CompletableFuture<>();
    CompletableFuture<Boolean> serves = rights.serves(ACCOUNT.value()).toCompletableFuture();
    assertThat(serves).isNotDone();
    assertThat(rights.of(ACCOUNT)).isNull();

    look.complete(null);
    assertThat(serves.join()).isTrue();
    assertThat(right().serves(false)).isTrue();
  }

  @Test
  void thereIsNoneIfTheAccountTurnsOutToBeThisBrokersOwn() {
    look = new CompletableFuture<>();
    CompletableFuture<Boolean> serves = rights.serves(ACCOUNT.value()).toCompletableFuture();
    owned = true;
    look.complete(null);

    assertThat(serves.join()).isTrue();
    assertThat(rights.of(ACCOUNT)).isNull();
  }

  @Test
  void whoAsksAgainGoesOnWithWhatIsLoaded() {
    boolean unused = serves();
    Right first = right();
    pass(Duration.ofSeconds(4));
    unused = serves();
    pass(Duration.ofSeconds(4));

    assertThat(first.serves(false)).isTrue();
    assertThat(right()).isSameAs(first);
  }

  @Test
  void oneThatHasEndedNeverComesBack() {
    boolean unused = serves();
    Right first = right();
    pass(Duration.ofSeconds(5));
    assertThat(rights.of(ACCOUNT)).isNull();
    unused = serves();

    assertThat(first.isOver()).isTrue();
    assertThat(first.loads()).isFalse();
    assertThat(right()).isNotSameAs(first);
  }

  @Test
  void itEndsWhenTheAccountIsThisBrokersOwn() {
    boolean unused = serves();
    Right first = right();
    owned = true;
    assertThat(first.isOver()).isTrue();
    assertThat(serves()).as("by a right of its own").isTrue();
    owned = false;

    assertThat(first.isOver()).isTrue();
  }
}
