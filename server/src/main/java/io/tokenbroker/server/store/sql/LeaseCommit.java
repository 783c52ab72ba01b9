package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.LEASE;
import static io.tokenbroker.server.store.sql.generated.Tables.LEASE_POLICY;
import static io.tokenbroker.server.store.sql.generated.Tables.LEASE_TOKEN;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseCounts;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.Referee;
import io.tokenbroker.server.lease.TokenLeases;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.Holder;
import io.tokenbroker.server.token.LeasePolicy;
import io.tokenbroker.server.token.TokenKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * One try to commit a group, in one transaction:
 *
 * <ol>
 *   <li>lock the rows of the tokens in table lease_token, passing over those that another broker
 *       has locked;
 *   <li>read their leases, the policies and the time. Whoever changes leases has the lock, so this
 *       is what holds until the commit;
 *   <li>where accounts have caps, lock their policies and count their leases;
 *   <li>judge, and write what has changed.
 * </ol>
 *
 * Locks are taken table by table and in the order of the keys.
 */
final class LeaseCommit {
  private final DSLContext context;
  private final List<LeaseOp> group;
  private final Map<TokenKey, @Nullable TokenLeases> tokens = new TreeMap<>();
  private final Map<AccountId, LeasePolicy> policies = new HashMap<>();
  private Instant now = Instant.MIN;

  private LeaseCommit(DSLContext context, List<LeaseOp> group) {
    this.context = context;
    this.group = group;
  }

  /** The answers; empty if a token has no row yet, see {@link LeaseTokens#missing}. */
  static Optional<List<LeaseAnswer>> run(DSLContext context, List<LeaseOp> group, String broker) {
    return new LeaseCommit(context, group).run(broker);
  }

  private Optional<List<LeaseAnswer>> run(String broker) {
    Set<String> keys = new TreeSet<>();
    group.forEach(op -> keys.add(op.key().value()));
    Set<String> locked = lock(keys);
    read(keys, locked);
    for (LeaseOp op : group) {
      if (op instanceof LeaseOp.Grant && !tokens.containsKey(op.key())) {
        return Optional.empty();
      }
    }
    Map<AccountId, LeaseCounts> counts = countCapped();
    Referee referee = new Referee(now, tokens, policies, counts);
    List<LeaseAnswer> answers = group.stream().map(referee::judge).toList();
    write(broker);
    return Optional.of(answers);
  }

  private Set<String> lock(Set<String> keys) {
    var rows =
        context
            .select(LEASE_TOKEN.TOKEN_KEY)
            .from(LEASE_TOKEN)
            .where(LEASE_TOKEN.TOKEN_KEY.in(keys))
            .orderBy(LEASE_TOKEN.TOKEN_KEY);
    return Dialect.of(context).lockedIfFree(rows).fetchSet(LEASE_TOKEN.TOKEN_KEY);
  }

  /** Without a lock: that of lease_token is enough. */
  private void read(Set<String> keys, Set<String> locked) {
    Field<Instant> clock = Leases.now(context).as("database_time");
    context
        .select(LEASE_TOKEN.TOKEN_KEY, LEASE_TOKEN.ACCOUNT, LEASE_TOKEN.FENCING_NUMBER, clock)
        .select(LEASE.fields())
        .select(LEASE_POLICY.fields())
        .from(LEASE_TOKEN)
        .leftJoin(LEASE)
        .on(LEASE.TOKEN_KEY.eq(LEASE_TOKEN.TOKEN_KEY))
        .leftJoin(LEASE_POLICY)
        .on(LEASE_POLICY.ACCOUNT.eq(LEASE_TOKEN.ACCOUNT))
        .where(LEASE_TOKEN.TOKEN_KEY.in(keys))
        .forEach(row -> add(row, locked, row.get(clock)));
  }

  private void add(Record row, Set<String> locked, Instant time) {
    now = time;
    TokenKey key = new TokenKey(row.get(LEASE_TOKEN.TOKEN_KEY));
    if (!locked.contains(key.value())) {
      tokens.put(key, null);
      return;
    }
    if (row.get(LEASE_POLICY.ACCOUNT) != null) {
      policies.putIfAbsent(new AccountId(row.get(LEASE_TOKEN.ACCOUNT)), LeasePolicies.policy(row));
    }
    TokenLeases token = tokens.get(key);
    if (token == null) {
      token = new TokenLeases(row.get(LEASE_TOKEN.FENCING_NUMBER));
      tokens.put(key, token);
    }
    if (row.get(LEASE.PLACE) != null) {
      token.add(Leases.row(row));
    }
  }

  private Map<AccountId, LeaseCounts> countCapped() {
    Set<String> capped = new TreeSet<>();
    for (LeaseOp op : group) {
      if (op instanceof LeaseOp.Grant grant
          && policies.getOrDefault(grant.account(), LeasePolicy.DEFAULT).hasCaps()) {
        capped.add(grant.account().value());
      }
    }
    Map<AccountId, LeaseCounts> counts = new HashMap<>();
    if (capped.isEmpty()) {
      return counts;
    }
    Dialect.of(context)
        .locked(
            context
                .selectFrom(LEASE_POLICY)
                .where(LEASE_POLICY.ACCOUNT.in(capped))
                .orderBy(LEASE_POLICY.ACCOUNT))
        .forEach(
            row -> {
              AccountId account = new AccountId(row.get(LEASE_POLICY.ACCOUNT));
              policies.put(account, LeasePolicies.policy(row));
              counts.put(account, new LeaseCounts());
            });
    context
        .select(LEASE.ACCOUNT, LEASE.HOLDER, DSL.count())
        .from(LEASE)
        .where(LEASE.ACCOUNT.in(capped))
        .and(LEASE.ENDED.eq(0))
        .and(LEASE.EXPIRE_TIME.gt(now))
        .groupBy(LEASE.ACCOUNT, LEASE.HOLDER)
        .forEach(
            row -> {
              LeaseCounts count = counts.get(new AccountId(row.value1()));
              if (count != null) {
                count.add(new Holder(row.value2()), row.value3());
              }
            });
    return counts;
  }

  private void write(String broker) {
    List<LeaseRow> changed = new ArrayList<>();
    List<LeaseRow> ended = new ArrayList<>();
    SortedMap<Integer, List<TokenKey>> grown = new TreeMap<>();
    tokens.forEach(
        (key, token) -> {
          if (token != null) {
            changed.addAll(token.changed());
            ended.addAll(token.ended());
            if (token.grants() > 0) {
              grown.computeIfAbsent(token.grants(), grants -> new ArrayList<>()).add(key);
            }
          }
        });
    LeaseTokens.grow(context, grown);
    Leases.save(context, changed, now, broker);
    Leases.end(context, ended, now, broker);
  }
}
