package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.LEASE_POLICY;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.LeasePolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** The rows of the table lease_policy. */
final class PolicyRows {
  private static final Upsert UPSERT =
      new Upsert(
          "lease_policy",
          List.of("account"),
          List.of(
              "max_leases_per_token",
              "max_leases",
              "max_leases_per_holder",
              "min_ttl",
              "max_ttl",
              "default_ttl"));

  private PolicyRows() {}

  static LeasePolicy load(DSLContext context, AccountId account) {
    Record row =
        context.selectFrom(LEASE_POLICY).where(LEASE_POLICY.ACCOUNT.eq(account.value())).fetchOne();
    return row == null ? LeasePolicy.DEFAULT : policy(row);
  }

  static Map<AccountId, LeasePolicy> find(DSLContext context, Set<AccountId> accounts) {
    Map<AccountId, LeasePolicy> found = new HashMap<>();
    for (List<AccountId> chunk : Chunks.of(List.copyOf(accounts))) {
      context
          .selectFrom(LEASE_POLICY)
          .where(LEASE_POLICY.ACCOUNT.in(chunk.stream().map(AccountId::value).toList()))
          .forEach(row -> found.put(new AccountId(row.getAccount()), policy(row)));
    }
    return found;
  }

  static void delete(DSLContext context, AccountId account) {
    context.deleteFrom(LEASE_POLICY).where(LEASE_POLICY.ACCOUNT.eq(account.value())).execute();
  }

  /** Writes a row that is locked, as it is, for a cluster: an UPDATE to the same is none. */
  static void touch(DSLContext context, AccountId account) {
    LeasePolicy same = load(context, account);
    delete(context, account);
    save(context, account, same);
  }

  static void save(DSLContext context, AccountId account, LeasePolicy policy) {
    context
        .query(
            UPSERT.sql(context),
            account.value(),
            policy.maxLeasesPerToken(),
            policy.maxLeases(),
            policy.maxLeasesPerHolder(),
            millis(policy.minTtl()),
            millis(policy.maxTtl()),
            millis(policy.defaultTtl()))
        .execute();
  }

  static LeasePolicy policy(Record row) {
    return new LeasePolicy(
        row.get(LEASE_POLICY.MAX_LEASES_PER_TOKEN),
        row.get(LEASE_POLICY.MAX_LEASES),
        row.get(LEASE_POLICY.MAX_LEASES_PER_HOLDER),
        duration(row, LEASE_POLICY.MIN_TTL),
        duration(row, LEASE_POLICY.MAX_TTL),
        duration(row, LEASE_POLICY.DEFAULT_TTL));
  }

  private static @Nullable Duration duration(Record row, Field<Long> field) {
    Long millis = row.get(field);
    return millis == null ? null : Duration.ofMillis(millis);
  }

  private static @Nullable Long millis(@Nullable Duration duration) {
    return duration == null ? null : duration.toMillis();
  }
}
