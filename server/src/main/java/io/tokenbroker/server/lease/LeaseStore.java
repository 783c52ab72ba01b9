package io.tokenbroker.server.lease;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where leases are kept, and whose clock decides. Thread-safe. Every method blocks on I/O, is
 * called from a store thread, and throws a {@link BrokerException}, above all STORE_UNAVAILABLE.
 */
public interface LeaseStore {
  /** How many accounts a question names at the most. */
  int MAX_NAMED = 1_000;

  /**
   * Commits a group in one transaction; an answer for each operation, in their order. After a
   * STORE_UNAVAILABLE that is {@link BrokerException#isUnsettled unsettled} the whole group may
   * stand or not; else nothing of it does.
   */
  List<LeaseAnswer> commit(List<LeaseOp> group);

  /**
   * What other brokers have changed, also what they ended, since a time of the database's clock.
   *
   * @param accounts whose; all accounts if empty
   */
  Seen changedByOthers(Optional<Set<AccountId>> accounts, Instant since);

  /**
   * Up to {@code limit} of the places that other brokers have changed last, whether their leases
   * hold or have ended, by account, token and place.
   *
   * @param accounts whose; all accounts if empty
   * @param after begins behind this place
   */
  Seen ofOthers(Optional<Set<AccountId>> accounts, Optional<Place> after, int limit);

  /**
   * From now on this is the owner's newest stream: no earlier one is granted a lease, or takes one
   * over.
   *
   * @return the leases that hold now and that earlier ones have, or had before they broke; first
   *     those that hold longest: no earlier one has told that they are lost
   */
  List<LeaseRow> open(StreamOwner owner, StreamId stream);

  /** The newest streams of these owners; of one that has had none for a day it may be missing. */
  Map<StreamOwner, StreamId> newestStreams(Set<StreamOwner> owners);

  /** Forgets which streams were the newest that were opened more than a day ago. */
  void forgetStreams();

  /** A lease that holds now. */
  Optional<Lease> find(LeaseId id);

  /**
   * Up to {@code limit} leases that hold now, by account, token and place.
   *
   * @param account whose; all accounts if empty
   * @param after begins behind the place of this lease, whether it still is there or not
   */
  List<Placed> list(Optional<AccountId> account, Optional<Place> after, int limit);

  /** The account's own settings; the default if it has none. */
  LeasePolicy policy(AccountId account);

  /** The settings of those of the accounts that have any. */
  Map<AccountId, LeasePolicy> policies(Set<AccountId> accounts);

  void savePolicy(AccountId account, LeasePolicy policy);

  /**
   * @param now the database's time
   */
  record Seen(Instant now, List<LeaseRow> rows) {}

  /** Where a lease is in the order of {@link #list}. */
  record Place(String account, String token, int place) {
    public static Place of(LeaseRow row) {
      Lease lease = row.lease();
      return new Place(lease.account().value(), lease.token().value(), row.place());
    }
  }

  record Placed(Place place, Lease lease) {}
}
