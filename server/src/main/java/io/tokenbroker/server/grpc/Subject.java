package io.tokenbroker.server.grpc;

import io.tokenbroker.server.fleet.Owner;
import io.tokenbroker.server.fleet.Owners;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;

/**
 * What a call is about, and who owns it.
 *
 * @param account empty of a lease, whose id tells the partition alone
 */
record Subject(int partition, String account, Owners owners) {
  private static final Duration RETRY = Duration.ofSeconds(1);

  boolean isLease() {
    return account.isEmpty();
  }

  Owner owner() {
    return owners.ownerOf(partition);
  }

  /** Whether what this broker owns may be another one's by now. */
  boolean isUncertain() {
    return !owners.isCertain(partition);
  }

  /**
   * Whether it has another owner.
   *
   * @param unreached who should have answered; empty if nobody should
   */
  boolean hasSuccessor(String unreached) {
    Owner now = owner();
    return now instanceof Owner.Here
        || (now instanceof Owner.At at && !unreached.isEmpty() && !at.address().equals(unreached));
  }

  /**
   * Whether its owner answers, if only that it hands over: nobody stands in for it.
   *
   * @param unreached who should have answered; empty if nobody should
   */
  boolean isThere(String unreached) {
    return unreached.isEmpty() && owner() instanceof Owner.At;
  }

  /** Why this broker does not answer. */
  BrokerException notOwner() {
    Owner now = owner();
    if (now instanceof Owner.At at) {
      return BrokerException.notOwner(
          new AccountId(account), partition, at.epoch(), at.address(), RETRY);
    }
    Duration after = now instanceof Owner.Unknown unknown ? unknown.retryAfter() : RETRY;
    return BrokerException.notOwner(new AccountId(account), partition, 0, "", after);
  }
}
