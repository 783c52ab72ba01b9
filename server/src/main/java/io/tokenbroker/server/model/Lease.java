package io.tokenbroker.server.model;

import java.time.Duration;
import java.time.Instant;

/**
 * A hold on one token, without its secret.
 *
 * @param fencingNumber grows with every grant of the token
 * @param acquireTime by the database's clock
 * @param expireTime when it ends unless it is renewed, by the database's clock
 * @param ttl how long it lasts from its grant or a renewal on, in whole milliseconds
 */
public record Lease(
    LeaseId id,
    AccountId account,
    TokenId token,
    Scope scope,
    Holder holder,
    long fencingNumber,
    Instant acquireTime,
    Instant expireTime,
    Duration ttl) {

  public Lease withTtl(Duration newTtl, Instant newExpireTime) {
    return new Lease(
        id, account, token, scope, holder, fencingNumber, acquireTime, newExpireTime, newTtl);
  }
}
