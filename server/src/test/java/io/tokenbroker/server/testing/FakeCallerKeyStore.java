package io.tokenbroker.server.testing;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.store.CallerKeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The keys of callers in memory. Thread-safe. */
public final class FakeCallerKeyStore implements CallerKeyStore {
  private final List<CallerKey> keys = new ArrayList<>();

  /** Whether every call fails as if the database were out of reach. */
  public volatile boolean down;

  private void requireUp() {
    if (down) {
      throw BrokerException.storeUnavailable("The store is down.", Duration.ofMillis(250), null);
    }
  }

  @Override
  public synchronized List<CallerKey> all() {
    requireUp();
    return keys.stream()
        .sorted(Comparator.comparing(CallerKey::name).thenComparing(CallerKey::createTime))
        .toList();
  }

  @Override
  public synchronized void add(CallerKey key) {
    requireUp();
    keys.add(key);
  }

  @Override
  public synchronized CallerKey expire(String id, Optional<Instant> expireTime) {
    requireUp();
    CallerKey old =
        keys.stream()
            .filter(key -> key.id().equals(id))
            .findFirst()
            .orElseThrow(() -> BrokerException.callerKeyDoesNotExist(id));
    CallerKey changed =
        new CallerKey(old.id(), old.name(), old.hash(), old.createTime(), expireTime);
    keys.set(keys.indexOf(old), changed);
    return changed;
  }

  @Override
  public synchronized int removeById(String id) {
    requireUp();
    return keys.removeIf(key -> key.id().equals(id)) ? 1 : 0;
  }

  @Override
  public synchronized int removeByName(String name) {
    requireUp();
    int before = keys.size();
    keys.removeIf(key -> key.name().equals(name));
    return before - keys.size();
  }
}
