package io.tokenbroker.server.model;

import java.time.Instant;
import java.util.List;

/**
 * The leases of an account that hold at one moment.
 *
 * @param now that moment, by the database's clock
 */
public record LiveLeases(Instant now, List<Held> leases) {
  /** Of a snapshot without tokens, on which nothing is leased. */
  public static final LiveLeases NONE = new LiveLeases(Instant.EPOCH, List.of());

  public LiveLeases {
    leases = List.copyOf(leases);
  }

  /**
   * @param place among the leases of its token, from 0
   * @param stream the id of the stream that renews it; empty if its holder does
   */
  public record Held(int place, Lease lease, String stream) {}
}
