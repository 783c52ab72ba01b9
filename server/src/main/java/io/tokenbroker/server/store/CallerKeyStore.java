package io.tokenbroker.server.store;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CallerKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the keys of callers are kept. Blocks; every method may throw {@link BrokerException}.
 * Thread-safe.
 */
public interface CallerKeyStore {
  /** All of them, by name and time of creation. */
  List<CallerKey> all();

  /**
   * @throws BrokerException if there are too many
   */
  void add(CallerKey key);

  /**
   * @throws BrokerException if there is none of this id
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
