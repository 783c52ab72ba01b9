package io.tokenbroker.server.lease;

import io.tokenbroker.server.lease.LeaseAnswer.Full;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeasePolicy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many leases an account has, and each of its holders. Not thread-safe. */
public final class LeaseCounts {
  private final Map<Holder, Integer> byHolder = new HashMap<>();
  private int total;

  public void add(Holder holder, int count) {
    byHolder.merge(holder, count, Integer::sum);
    total += count;
  }

  /** The limit that one more lease of the holder would pass; null if none. */
  @Nullable Full reached(LeasePolicy policy, Holder holder) {
    if (policy.maxLeases() > 0 && total >= policy.maxLeases()) {
      return new Full(policy.maxLeases(), false);
    }
    int own = byHolder.getOrDefault(holder, 0);
    int most = policy.maxLeasesPerHolder();
    return most > 0 && own >= most ? new Full(most, true) : null;
  }
}
