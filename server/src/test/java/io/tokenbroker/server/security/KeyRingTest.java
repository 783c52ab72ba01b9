package io.tokenbroker.server.security;

import static io.tokenbroker.server.testing.Because.because;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.testing.FakeCallerKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyRingTest {
  private final FakeCallerKeyStore store = new FakeCallerKeyStore();
  // no breaker: every failure is the store's own
  private final StoreExecutor executor =
      new StoreExecutor(2, 100, 1 << 20, System::nanoTime, Duration.ZERO);
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");
  private final KeyRing ring = new KeyRing(store, executor, () -> now);

  @AfterEach
  void close() {
    executor.close();
  }

  private Caller caller(String key) {
    return ring.verify(key).at(now.toEpochMilli());
  }

  @Test
  void aKeyIsKnownUntilItIsRevoked() {
    assertThatThrownBy(() -> caller("tbk_x")).is(because(FailureReason.STORE_UNAVAILABLE));
    assertThat(ring.refresh().join()).isTrue();
    assertThatThrownBy(() -> caller("tbk_x")).is(because(FailureReason.UNAUTHENTICATED));
    KeyRing.NewKey one = ring.create("nightly", Optional.empty()).join();
    KeyRing.NewKey other = ring.create("nightly", Optional.empty()).join();
    assertThat(one.text()).startsWith("tbk_").hasSize(47).isNotEqualTo(other.text());
    assertThat(one.toString()).doesNotContain(one.text());
    assertThat(caller(one.text())).isEqualTo(new Caller(Caller.Kind.KEY, "key:nightly"));
    assertThat(ring.list().join()).containsExactlyInAnyOrder(one.key(), other.key());
    assertThat(ring.list().join().toString()).doesNotContain(one.text());

    assertThat(ring.revokeById(one.key().id()).join()).isEqualTo(1);
    assertThatThrownBy(() -> caller(one.text())).hasMessageContaining("revoked");
    assertThat(caller(other.text()).name()).isEqualTo("key:nightly");
    assertThat(ring.revokeByName("nightly").join()).isEqualTo(1);
    assertThatThrownBy(() -> caller(other.text())).hasMessageContaining("revoked");
    assertThatThrownBy(() -> ring.revokeByName("nightly").join())
        .isInstanceOf(CompletionException.class)
        .is(because(FailureReason.CALLER_KEY_DOES_NOT_EXIST));
  }

  @Test
  void aKeyExpires() {
    assertThat(ring.refresh().join()).isTrue();
    KeyRing.NewKey key = ring.create("a", Optional.of(now.plusSeconds(10))).join();
    assertThat(caller(key.text()).name()).isEqualTo("key:a");
    now = now.plusSeconds(10);
    assertThatThrownBy(() -> caller(key.text())).hasMessageContaining("has expired");
    ring.expire(key.key().id(), Optional.empty()).join();
    assertThat(caller(key.text()).name()).isEqualTo("key:a");
  }

  @Test
  void whatAnotherBrokerDidIsSeenWithTheNextLook() {
    KeyRing elsewhere = new KeyRing(store, executor, () -> now);
    assertThat(ring.refresh().join()).isTrue();
    assertThat(ring.refresh().join()).isFalse();
    KeyRing.NewKey key = elsewhere.create("a", Optional.empty()).join();
    assertThatThrownBy(() -> caller(key.text())).is(because(FailureReason.UNAUTHENTICATED));
    Object before = ring.epoch();
    assertThat(ring.refresh().join()).isTrue();
    assertThat(ring.epoch()).isNotSameAs(before);
    assertThat(caller(key.text()).name()).isEqualTo("key:a");
    assertThat(elsewhere.revokeByName("a").join()).isEqualTo(1);
    assertThat(ring.refresh().join()).isTrue();
    assertThatThrownBy(() -> caller(key.text())).is(because(FailureReason.UNAUTHENTICATED));
  }

  @Test
  void anOutageLeavesWhatIsKnown() {
    assertThat(ring.refresh().join()).isTrue();
    KeyRing.NewKey key = ring.create("a", Optional.empty()).join();
    store.down = true;
    assertThat(ring.refresh().join()).isFalse();
    assertThat(caller(key.text()).name()).isEqualTo("key:a");
    assertThatThrownBy(() -> ring.revokeByName("a").join())
        .is(because(FailureReason.STORE_UNAVAILABLE));
    assertThat(caller(key.text()).name()).isEqualTo("key:a");
  }
}
