package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE;
import static io.tokenbroker.server.sql.generated.Tables.LEASE_POLICY;
import static io.tokenbroker.server.sql.generated.Tables.LEASE_TOKEN;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseCounts;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseRules;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.lease.TokenLeases;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Holder;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.TokenKey;
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
 *   <li>where streams are given leases, lock which ones are the newest, in table lease_stream, in
 *       the same way;
 *   <li>read their leases, the policies and the time. Whoever changes leases has the lock, so this
 *       is what holds until the commit;
 *   <li>where accounts have caps, lock their policies and count their leases;
 *   <li>judge, and write what has changed.
 * </ol>
 *
 * Locks are taken table by table and in the order of the keys.
 *
 * <p>The nodes of a cluster don't see each other's locks; each judges at the commit whether another
 * one has written the same rows meanwhile. A grant writes its token's row, so of two grants one is
 * done anew. There, what is changed without that is locked itself, and whatever else was locked is
 * written: see {@link Group#cluster}.
 */
final class LeaseCommit {
  private final DSLContext context;
  private final Group group;
  private final Map<TokenKey, @Nullable TokenLeases> tokens = new TreeMap<>();
  private final Map<AccountId, LeasePolicy> policies = new HashMap<>();
  private Instant now = Instant.MIN;

  /**
   * Operations that are to be committed together, and what came of the last try: if nobody heard
   * whether it was committed, the next one finds out. Not thread-safe.
   */
  static final class Group {
    private final List<LeaseOp> ops;
    private final String broker;
    private final boolean cluster;
    private boolean tried;

    /** Of the rows that the last try has written those that are not as they were before. */
    private List<LeaseRow> changed = List.of();

    private List<LeaseAnswer> answers = List.of();

    /**
     * @param cluster {@link ConnectionSource#isCluster}
     */
    Group(List<LeaseOp> ops, String broker, boolean cluster) {
      this.ops = ops;
      this.broker = broker;
      this.cluster = cluster;
    }
  }

  private LeaseCommit(DSLContext context, Group group) {
    this.context = context;
    this.group = group;
  }

  /** The answers; empty if a token has no row yet, see {@link LeaseTokens#missing}. */
  static Optional<List<LeaseAnswer>> run(DSLContext context, Group group) {
    return new LeaseCommit(context, group).run();
  }

  private Optional<List<LeaseAnswer>> run() {
    Set<String> keys = new TreeSet<>();
    group.ops.forEach(op -> keys.add(op.key().value()));
    Set<String> locked = lock(keys);
    Map<StreamOwner, @Nullable StreamId> streams = LeaseStreamRows.lock(context, group.ops);
    if (group.cluster) {
      LeaseStreamRows.touch(context, streams);
      lockLeases(locked);
    }
    read(keys, locked);
    if (group.changed.stream().anyMatch(this::isThere)) {
      return Optional.of(group.answers);
    }
    for (LeaseOp op : group.ops) {
      if (op instanceof LeaseOp.Grant && !tokens.containsKey(op.key())) {
        return Optional.empty();
      }
    }
    Map<AccountId, LeaseCounts> counts = countCapped();
    LeaseRules rules = new LeaseRules(now, tokens, policies, counts, streams);
    List<LeaseAnswer> answers = group.ops.stream().map(rules::judge).toList();
    group.tried = true;
    group.changed = write().stream().filter(row -> !isThere(row)).toList();
    group.answers = answers;
    return Optional.of(answers);
  }

  /**
   * Whether the database had a row so before this try: if it is one that an earlier try has
   * changed, then all of that was committed.
   */
  private boolean isThere(LeaseRow row) {
    TokenLeases token = tokens.get(row.lease().id().token());
    return token != null && token.has(row);
  }

  private Set<String> lock(Set<String> keys) {
    var rows =
        context
            .select(LEASE_TOKEN.TOKEN_KEY)
            .from(LEASE_TOKEN)
            .where(LEASE_TOKEN.TOKEN_KEY.in(keys))
            .orderBy(LEASE_TOKEN.TOKEN_KEY);
    Dialect dialect = Dialect.of(context);
    // an earlier try may still be about to end
    return (group.tried ? dialect.locked(rows) : dialect.lockedIfFree(rows))
        .fetchSet(LEASE_TOKEN.TOKEN_KEY);
  }

  /** Of the tokens whose rows are not written by whoever changes their leases. */
  private void lockLeases(Set<String> locked) {
    Set<String> changed = new TreeSet<>();
    for (LeaseOp op : group.ops) {
      if (!(op instanceof LeaseOp.Grant) && locked.contains(op.key().value())) {
        changed.add(op.key().value());
      }
    }
    if (!changed.isEmpty()) {
      var unused =
          Dialect.of(context)
              .locked(
                  context
                      .select(LEASE.PLACE)
                      .from(LEASE)
                      .where(LEASE.TOKEN_KEY.in(changed))
                      .orderBy(LEASE.TOKEN_KEY, LEASE.PLACE))
              .fetch();
    }
  }

  /** Without a lock: that of lease_token is enough. */
  private void read(Set<String> keys, Set<String> locked) {
    Field<Instant> clock = LeaseRows.now(context).as("database_time");
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
      policies.putIfAbsent(new AccountId(row.get(LEASE_TOKEN.ACCOUNT)), PolicyRows.policy(row));
    }
    TokenLeases token = tokens.get(key);
    if (token == null) {
      token = new TokenLeases(row.get(LEASE_TOKEN.FENCING_NUMBER));
      tokens.put(key, token);
    }
    if (row.get(LEASE.PLACE) != null) {
      token.add(LeaseRows.row(row));
    }
  }

  private Map<AccountId, LeaseCounts> countCapped() {
    Set<String> capped = new TreeSet<>();
    for (LeaseOp op : group.ops) {
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
              policies.put(account, PolicyRows.policy(row));
              counts.put(account, new LeaseCounts());
            });
    if (group.cluster) {
      counts.keySet().forEach(account -> PolicyRows.touch(context, account));
    }
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

  /** Gives the rows. */
  private List<LeaseRow> write() {
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
    LeaseRows.save(context, changed, now, group.broker);
    LeaseRows.end(context, ended, now, group.broker);
    changed.addAll(ended);
    return changed;
  }
}
