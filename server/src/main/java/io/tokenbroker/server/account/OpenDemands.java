package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The demands of the open streams that have an id. Thread-safe. */
public final class OpenDemands {
  /**
   * @param owner whose stream it is; nobody else names it
   */
  private record Key(AccountId account, String owner, String stream) {}

  private final ConcurrentMap<Key, Demand> open = new ConcurrentHashMap<>();

  /** Fails with STREAM_ALREADY_EXISTS. */
  public void open(AccountId account, String owner, String stream, Demand demand) {
    if (open.putIfAbsent(new Key(account, owner, stream), demand) != null) {
      throw BrokerException.streamAlreadyExists(account, stream);
    }
  }

  public void close(AccountId account, String owner, String stream) {
    open.remove(new Key(account, owner, stream));
  }

  /**
   * Adds to the demand of a stream, and returns what it is then. Fails with STREAM_DOES_NOT_EXIST.
   *
   * @param count from 1
   */
  public long request(AccountId account, String owner, String stream, long count) {
    long[] outstanding = new long[1];
    // a stream that is closed after this counts it as well
    Demand demand =
        open.computeIfPresent(
            new Key(account, owner, stream),
            (key, there) -> {
              outstanding[0] = there.add(count);
              return there;
            });
    if (demand == null) {
      throw BrokerException.streamDoesNotExist(account, stream);
    }
    demand.wake();
    return outstanding[0];
  }
}
