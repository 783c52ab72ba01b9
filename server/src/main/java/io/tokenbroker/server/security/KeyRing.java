package io.tokenbroker.server.security;

import io.tokenbroker.server.model.AuthenticationFailure;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.store.CallerKeyStore;
import io.tokenbroker.server.store.StoreExecutor;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's own keys of callers: all in memory, as no call is to wait for the database. What
 * other brokers have made or revoked is seen with the next {@link #refresh}; while the database
 * can't be read, what was known stays. Thread-safe, never blocks.
 */
public final class KeyRing {
  private static final Logger log = LoggerFactory.getLogger(KeyRing.class);

  private final CallerKeyStore store;
  private final StoreExecutor executor;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /**
   * By hash; null until they have been read. Replaced on store threads, one at a time together with
   * what is done to the table, so that no older state follows a newer one.
   */
  private volatile @Nullable Map<String, CallerKey> known;

  private volatile boolean failing;

  public KeyRing(CallerKeyStore store, StoreExecutor executor, InstantSource clock) {
    this.store = store;
    this.executor = executor;
    this.clock = clock;
  }

  /** Reads all keys; completes, never with a failure, with whether there are others now. */
  public CompletableFuture<Boolean> refresh() {
    return executor
        .submit(this::read)
        .handle(
            (changed, failure) -> {
              if (failure != null && !failing) {
                log.atWarn()
                    .addKeyValue("cause", failure.getMessage())
                    .log("keys of callers not read; those known before stay in force");
              }
              failing = failure != null;
              return failure == null && changed;
            });
  }

  private synchronized boolean read() {
    Map<String, CallerKey> read = new HashMap<>();
    store.all().forEach(key -> read.put(key.hash(), key));
    boolean changed = !read.equals(known);
    if (changed) {
      known = Map.copyOf(read);
    }
    return changed;
  }

  /**
   * @throws BrokerException if there is no such key
   * @throws BrokerException if they have not been read yet
   */
  Verified verify(String bearer) {
    Map<String, CallerKey> keys = known;
    if (keys == null) {
      throw BrokerException.storeUnavailable(
          "The keys of callers could not be read yet. Try again.", StoreExecutor.RETRY_AFTER, null);
    }
    CallerKey key = keys.get(BearerKey.hash(bearer));
    if (key == null) {
      throw BrokerException.unauthenticated(AuthenticationFailure.UNKNOWN);
    }
    return new Verified(
        new Caller(Caller.Kind.KEY, "key:" + key.name()),
        Long.MIN_VALUE,
        key.expireTime().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE));
  }

  boolean knows(String bearer) {
    Map<String, CallerKey> keys = known;
    return keys != null && keys.containsKey(BearerKey.hash(bearer));
  }

  /** Changes whenever what {@link #verify} has said may no longer hold. */
  @Nullable Object epoch() {
    return known;
  }

  /** Makes a key and stores its hash. */
  public CompletableFuture<NewKey> create(String name, Optional<Instant> expireTime) {
    String text = BearerKey.random(random);
    byte[] id = new byte[8];
    random.nextBytes(id);
    CallerKey key =
        new CallerKey(
            HexFormat.of().formatHex(id),
            name,
            BearerKey.hash(text),
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            expireTime.map(end -> end.truncatedTo(ChronoUnit.MICROS)));
    return executor.submit(
        () -> {
          store.add(key);
          readAfterwards();
          return new NewKey(text, key);
        });
  }

  /** If that fails, the next refresh sees it. */
  private void readAfterwards() {
    try {
      boolean unused = read();
    } catch (BrokerException e) {
      log.atDebug().addKeyValue("cause", Failures.text(e)).log("keys of callers not read");
    }
  }

  public CompletableFuture<List<CallerKey>> list() {
    return executor.submitList(store::all);
  }

  public CompletableFuture<CallerKey> expire(String id, Optional<Instant> expireTime) {
    return executor.submit(
        () -> {
          CallerKey changed =
              store.expire(id, expireTime.map(end -> end.truncatedTo(ChronoUnit.MICROS)));
          replace(changed);
          readAfterwards();
          return changed;
        });
  }

  /** Completes with how many keys were revoked; fails if there were none. */
  public CompletableFuture<Integer> revokeById(String id) {
    return revoke(() -> store.removeById(id), id);
  }

  /** The same for all keys of a caller. */
  public CompletableFuture<Integer> revokeByName(String name) {
    return revoke(() -> store.removeByName(name), name);
  }

  private CompletableFuture<Integer> revoke(IntSupplier removal, String which) {
    return executor.submit(
        () -> {
          int removed = removal.getAsInt();
          if (removed == 0) {
            throw BrokerException.callerKeyDoesNotExist(which);
          }
          drop(which);
          readAfterwards();
          return removed;
        });
  }

  /** At once, whether they can be read again now or not. */
  private synchronized void drop(String which) {
    Map<String, CallerKey> keys = known;
    if (keys != null) {
      Map<String, CallerKey> left = new HashMap<>(keys);
      left.values().removeIf(key -> key.id().equals(which) || key.name().equals(which));
      known = Map.copyOf(left);
    }
  }

  private synchronized void replace(CallerKey changed) {
    Map<String, CallerKey> keys = known;
    if (keys != null) {
      Map<String, CallerKey> now = new HashMap<>(keys);
      now.put(changed.hash(), changed);
      known = Map.copyOf(now);
    }
  }

  /**
   * @param text the key itself, which nobody can find out later
   */
  public record NewKey(String text, CallerKey key) {
    @Override
    public String toString() {
      return "NewKey[" + key.id() + "]";
    }
  }
}
