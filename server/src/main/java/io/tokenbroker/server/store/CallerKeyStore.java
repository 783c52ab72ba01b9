package io.tokenbroker.server.store;

import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.model.CallerKeyDoesNotExistException;
import io.tokenbroker.server.model.CallerKeyLimitException;
import io.tokenbroker.server.model.StoreUnavailableException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the keys of callers are kept. Blocks; every method may throw {@link
 * StoreUnavailableException}. Thread-safe.
 */
public interface CallerKeyStore {
  /** All of them, by name and time of creation. */
  List<CallerKey> all();

  /**
   * @throws CallerKeyLimitException if there are too many
   */
  void add(CallerKey key);

  /**
   * @throws CallerKeyDoesNotExistException if there is none of this id
   */
  CallerKey expire(String id, Optional<Instant> expireTime);

  /**
   * Removes the key of this id.
   *
   * @return how many there were
   */
  int removeById(String id);

  /** Removes all keys of this name. */
  int removeByName(String name);
}
