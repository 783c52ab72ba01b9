package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.CALLER_KEY;

import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.CallerKey;
import io.tokenbroker.server.sql.generated.tables.records.CallerKeyRecord;
import io.tokenbroker.server.store.CallerKeyStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;

/** The keys of callers in the broker's own schema. */
public final class SqlCallerKeyStore implements CallerKeyStore {
  private final Sql sql;

  /** The database is not closed with the store: it has nothing to close. */
  public SqlCallerKeyStore(Database database) {
    this.sql = database.sql();
  }

  @Override
  public List<CallerKey> all() {
    return sql.readSoon(
        context ->
            context
                .selectFrom(CALLER_KEY)
                .orderBy(CALLER_KEY.NAME, CALLER_KEY.CREATE_TIME, CALLER_KEY.KEY_ID)
                .fetch(SqlCallerKeyStore::key));
  }

  private static CallerKey key(CallerKeyRecord row) {
    return new CallerKey(
        row.getKeyId(),
        row.getName(),
        row.getKeyHash(),
        row.getCreateTime(),
        Optional.ofNullable(row.getExpireTime()));
  }

  @Override
  public void add(CallerKey key) {
    sql.writeSoon(
        context -> {
          if (context.fetchCount(CALLER_KEY) >= CallerKey.MAX) {
            throw BrokerException.callerKeyLimit(CallerKey.MAX);
          }
          return context
              .insertInto(CALLER_KEY)
              .set(CALLER_KEY.KEY_ID, key.id())
              .set(CALLER_KEY.NAME, key.name())
              .set(CALLER_KEY.KEY_HASH, key.hash())
              .set(CALLER_KEY.CREATE_TIME, key.createTime())
              .set(CALLER_KEY.EXPIRE_TIME, key.expireTime().orElse(null))
              .execute();
        });
  }

  @Override
  public CallerKey expire(String id, Optional<Instant> expireTime) {
    return sql.writeSoon(
        context -> {
          context
              .update(CALLER_KEY)
              .set(CALLER_KEY.EXPIRE_TIME, expireTime.orElse(null))
              .where(CALLER_KEY.KEY_ID.eq(id))
              .execute();
          return find(context, id).orElseThrow(() -> BrokerException.callerKeyDoesNotExist(id));
        });
  }

  private static Optional<CallerKey> find(DSLContext context, String id) {
    return context
        .selectFrom(CALLER_KEY)
        .where(CALLER_KEY.KEY_ID.eq(id))
        .fetchOptional(SqlCallerKeyStore::key);
  }

  @Override
  public int removeById(String id) {
    return sql.writeSoon(
        context -> context.deleteFrom(CALLER_KEY).where(CALLER_KEY.KEY_ID.eq(id)).execute());
  }

  @Override
  public int removeByName(String name) {
    return sql.writeSoon(
        context -> context.deleteFrom(CALLER_KEY).where(CALLER_KEY.NAME.eq(name)).execute());
  }
}
