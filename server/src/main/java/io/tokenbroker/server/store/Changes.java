package io.tokenbroker.server.store;

import io.tokenbroker.server.model.AccountId;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A page of the accounts that were changed, in the order of the times that the changes bear.
 *
 * @param accounts whose rows somebody has added or changed, or a broker removed
 * @param next where the next page begins; empty if this is the last one
 * @param now the store's time when it was asked, by the clock that changes bear
 */
public record Changes(Set<AccountId> accounts, Optional<Place> next, Instant now) {
  public Changes {
    accounts = Set.copyOf(accounts);
  }

  /**
   * Behind a change of an account; the order of names is the store's.
   *
   * @param account empty: before all changes that bear this time
   */
  public record Place(Instant time, String account) {
    public static Place at(Instant time) {
      return new Place(time, "");
    }
  }
}
