package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.FLEET;
import static io.tokenbroker.server.sql.generated.Tables.FLEET_MEMBER;
import static io.tokenbroker.server.sql.generated.Tables.FLEET_PARTITION;

import io.tokenbroker.server.fleet.FleetClock;
import io.tokenbroker.server.fleet.FleetStatus;
import io.tokenbroker.server.fleet.FleetStore;
import io.tokenbroker.server.fleet.Member;
import io.tokenbroker.server.fleet.Partitions;
import io.tokenbroker.server.fleet.Seat;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Members and partitions in the broker's own schema, of a MySQL or a MariaDB. */
public final class SqlFleetStore implements FleetStore {
  private static final int ONE = 1;

  private static final Duration LONG = Duration.ofSeconds(16);

  private final Sql sql;
  private final NodeClocks clocks = new NodeClocks();
  private final FleetClock clock;

  /** In milliseconds: a renewal that has no answer by then is tried again on another connection. */
  private final int patience;

  /**
   * @param ttl of this broker's rights; empty without a fleet
   * @param clock is told the database's time at each look
   */
  public SqlFleetStore(Database database, Optional<Duration> ttl, FleetClock clock) {
    this.sql = database.sql();
    this.clock = clock;
    this.patience = (int) Math.max(250, ttl.orElse(LONG).dividedBy(4).toMillis());
  }

  @Override
  public void join(Member member) throws AddressTakenException {
    Optional<Member> holder =
        sql.write(
            patience,
            context -> {
              prepare(context);
              return insert(context, member);
            });
    if (holder.isPresent()) {
      throw new AddressTakenException(holder.get());
    }
  }

  /** The rows that there always are, once there is a fleet. */
  private static void prepare(DSLContext context) {
    Integer partitions = context.select(FLEET.PARTITIONS).from(FLEET).fetchOne(FLEET.PARTITIONS);
    if (partitions == null) {
      context
          .insertInto(FLEET)
          .columns(FLEET.ONE, FLEET.FLEET_ID, FLEET.PARTITIONS)
          .values(ONE, UUID.randomUUID().toString().replace("-", ""), Partitions.COUNT)
          .onDuplicateKeyIgnore()
          .execute();
      var rows =
          context.insertInto(
              FLEET_PARTITION,
              FLEET_PARTITION.PARTITION_ID,
              FLEET_PARTITION.OWNER,
              FLEET_PARTITION.EPOCH,
              FLEET_PARTITION.SAVES,
              FLEET_PARTITION.CHANGE_TIME);
      for (int i = 0; i < Partitions.COUNT; i++) {
        rows =
            rows.values(DSL.val(i), DSL.inline(""), DSL.inline(0L), DSL.inline(0L), now(context));
      }
      rows.onDuplicateKeyIgnore().execute();
      partitions = context.select(FLEET.PARTITIONS).from(FLEET).fetchOne(FLEET.PARTITIONS);
    }
    if (partitions == null || partitions != Partitions.COUNT) {
      throw new IllegalStateException(
          "The fleet of this database has %s partitions, and this broker knows %d. All brokers of a fleet must be of versions that go together."
              .formatted(partitions, Partitions.COUNT));
    }
  }

  private static Field<Instant> now(DSLContext context) {
    return DSL.field(Dialect.of(context).clock(), FLEET_MEMBER.RENEW_TIME.getDataType());
  }

  /** Who has the address already; the member itself if it was inserted by a try before. */
  private static Optional<Member> insert(DSLContext context, Member member) {
    context
        .insertInto(FLEET_MEMBER)
        .set(FLEET_MEMBER.MEMBER_ID, member.id())
        .set(FLEET_MEMBER.ADDRESS, member.address())
        .set(FLEET_MEMBER.BEAT, 0L)
        .set(FLEET_MEMBER.TTL, member.ttl().toMillis())
        .set(FLEET_MEMBER.LEAVING, false)
        .set(FLEET_MEMBER.VERSION, member.version())
        .set(FLEET_MEMBER.PEER_KEY, member.key())
        .set(FLEET_MEMBER.JOIN_TIME, now(context))
        .set(FLEET_MEMBER.RENEW_TIME, now(context))
        .onDuplicateKeyIgnore()
        .execute();
    return Optional.ofNullable(
            context
                .selectFrom(FLEET_MEMBER)
                .where(FLEET_MEMBER.ADDRESS.eq(member.address()))
                .fetchOne(SqlFleetStore::member))
        .filter(there -> !there.id().equals(member.id()));
  }

  private static Member member(Record row) {
    return new Member(
        row.get(FLEET_MEMBER.MEMBER_ID),
        row.get(FLEET_MEMBER.ADDRESS),
        row.get(FLEET_MEMBER.BEAT),
        Duration.ofMillis(row.get(FLEET_MEMBER.TTL)),
        row.get(FLEET_MEMBER.LEAVING),
        row.get(FLEET_MEMBER.VERSION),
        row.get(FLEET_MEMBER.PEER_KEY));
  }

  @Override
  public boolean renew(String member) {
    return sql.write(
        patience,
        context ->
            context
                    .update(FLEET_MEMBER)
                    .set(FLEET_MEMBER.BEAT, FLEET_MEMBER.BEAT.plus(1))
                    .set(FLEET_MEMBER.RENEW_TIME, now(context))
                    .where(FLEET_MEMBER.MEMBER_ID.eq(member))
                    .execute()
                == 1);
  }

  @Override
  public View look() {
    Field<BigDecimal> epochs =
        DSL.field(DSL.select(DSL.sum(FLEET_PARTITION.EPOCH)).from(FLEET_PARTITION));
    return sql.read(
        patience,
        context -> {
          long asked = clock.ticks();
          Field<Instant> time = now(context).as("database_time");
          Field<Long> ahead =
              DSL.field(
                  "timestampdiff(microsecond, {0}, {1})",
                  Long.class, now(context), FLEET_MEMBER.RENEW_TIME);
          List<Member> members = new ArrayList<>();
          long sum = 0;
          long most = 0;
          Instant now = null;
          for (Record row :
              context
                  .select(FLEET_MEMBER.fields())
                  .select(epochs, ahead, time)
                  .from(FLEET_MEMBER)
                  .fetch()) {
            members.add(member(row));
            sum = sum(row.get(epochs));
            most = Math.max(most, row.get(ahead));
            now = row.get(time);
          }
          if (now != null) {
            clock.told(now, asked);
          }
          clocks.compared(Duration.of(most, ChronoUnit.MICROS));
          return new View(members, sum);
        });
  }

  private static long sum(@Nullable BigDecimal epochs) {
    return epochs == null ? 0 : epochs.longValue();
  }

  @Override
  public List<Seat> seats() {
    return sql.read(
        patience,
        context ->
            context
                .select(FLEET_PARTITION.PARTITION_ID, FLEET_PARTITION.OWNER, FLEET_PARTITION.EPOCH)
                .from(FLEET_PARTITION)
                .orderBy(FLEET_PARTITION.PARTITION_ID)
                .fetch(
                    row ->
                        new Seat(
                            row.get(FLEET_PARTITION.PARTITION_ID),
                            row.get(FLEET_PARTITION.OWNER),
                            row.get(FLEET_PARTITION.EPOCH))));
  }

  @Override
  public boolean strikeOff(String member, long beat) {
    return sql.write(
        patience,
        context ->
            context
                    .deleteFrom(FLEET_MEMBER)
                    .where(FLEET_MEMBER.MEMBER_ID.eq(member))
                    .and(FLEET_MEMBER.BEAT.eq(beat))
                    .execute()
                == 1);
  }

  @Override
  public void take(String member, Collection<Seat> seen) {
    Condition free =
        FLEET_PARTITION
            .OWNER
            .eq(member)
            .or(
                DSL.notExists(
                    DSL.selectOne()
                        .from(FLEET_MEMBER)
                        .where(FLEET_MEMBER.MEMBER_ID.eq(FLEET_PARTITION.OWNER))));
    give(seen, member, free);
  }

  @Override
  public void hand(Collection<Seat> seen, String to) {
    give(seen, to, DSL.noCondition());
  }

  /** Each as it was seen: of all changes of one epoch only one can be. */
  private void give(Collection<Seat> seen, String to, Condition also) {
    List<Seat> seats = seen.stream().sorted(Comparator.comparing(Seat::partition)).toList();
    sql.write(
        context -> {
          for (List<Seat> chunk : Chunks.of(seats)) {
            Condition which = DSL.falseCondition();
            for (var byEpoch :
                chunk.stream().collect(Collectors.groupingBy(Seat::epoch)).entrySet()) {
              which =
                  which.or(
                      FLEET_PARTITION
                          .PARTITION_ID
                          .in(byEpoch.getValue().stream().map(Seat::partition).toList())
                          .and(FLEET_PARTITION.EPOCH.eq(byEpoch.getKey())));
            }
            context
                .update(FLEET_PARTITION)
                .set(FLEET_PARTITION.OWNER, to)
                .set(FLEET_PARTITION.EPOCH, FLEET_PARTITION.EPOCH.plus(1))
                .set(FLEET_PARTITION.CHANGE_TIME, now(context))
                .where(which)
                .and(also)
                .execute();
          }
          return true;
        });
  }

  @Override
  public void leaving(String member) {
    sql.write(
        patience,
        context ->
            context
                .update(FLEET_MEMBER)
                .set(FLEET_MEMBER.LEAVING, true)
                .where(FLEET_MEMBER.MEMBER_ID.eq(member))
                .execute());
  }

  @Override
  public void leave(String member) {
    sql.write(
        patience,
        context ->
            context.deleteFrom(FLEET_MEMBER).where(FLEET_MEMBER.MEMBER_ID.eq(member)).execute());
  }

  /**
   * The address of a member that seems to be there, by the database's clock: for a broker that is
   * none, and must not take all accounts for its own. Empty of a file.
   */
  public Optional<String> present() {
    return sql.dialect() == SQLDialect.SQLITE
        ? Optional.empty()
        : sql.read(
            context ->
                context
                    .select(FLEET_MEMBER.ADDRESS)
                    .from(FLEET_MEMBER)
                    .where(
                        DSL.condition(
                            "{0} > {1} - interval (3000 * {2}) microsecond",
                            FLEET_MEMBER.RENEW_TIME, now(context), FLEET_MEMBER.TTL))
                    .limit(1)
                    .fetchOptional(FLEET_MEMBER.ADDRESS));
  }

  /** All there is to see, for people. */
  public FleetStatus status() {
    if (sql.dialect() == SQLDialect.SQLITE) {
      return new FleetStatus(List.of(), List.of());
    }
    return sql.read(
        context -> {
          Map<String, String> addresses = new HashMap<>();
          List<FleetStatus.MemberStatus> members =
              context
                  .selectFrom(FLEET_MEMBER)
                  .orderBy(FLEET_MEMBER.ADDRESS)
                  .fetch(
                      row -> {
                        addresses.put(row.getMemberId(), row.getAddress());
                        return new FleetStatus.MemberStatus(
                            row.getAddress(),
                            row.getVersion(),
                            row.getLeaving(),
                            row.getJoinTime(),
                            row.getRenewTime());
                      });
          return new FleetStatus(
              members,
              context
                  .selectFrom(FLEET_PARTITION)
                  .orderBy(FLEET_PARTITION.PARTITION_ID)
                  .fetch(
                      row ->
                          new FleetStatus.PartitionStatus(
                              row.getPartitionId(),
                              addresses.getOrDefault(row.getOwner(), ""),
                              row.getEpoch(),
                              row.getChangeTime())));
        });
  }

  @Override
  public String fleetId() {
    return sql.read(
        patience,
        context ->
            context.select(FLEET.FLEET_ID).from(FLEET).fetchOptional(FLEET.FLEET_ID).orElse(""));
  }
}
