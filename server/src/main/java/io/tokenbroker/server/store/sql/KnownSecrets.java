package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.TokenInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Finds the tokens of an account by their secrets, without reading any secret. */
final class KnownSecrets {
  private final DSLContext context;
  private final AccountId account;
  private final Field<byte[]> actualHash;

  KnownSecrets(DSLContext context, AccountId account) {
    this.context = context;
    this.account = account;
    this.actualHash =
        DSL.field(
            context.dialect() == SQLDialect.H2
                ? "hash('SHA-256', stringtoutf8({0}))"
                : "unhex(sha2({0}, 256))",
            SQLDataType.VARBINARY(32),
            TOKEN.SECRET);
  }

  /** Also tokens that a person wrote; where a secret has several, the first. */
  Map<SecretHash, TokenInfo> find(List<SecretHash> hashes) {
    forgetStaleHashes(hashes);
    Map<SecretHash, TokenInfo> found = findHashed(hashes);
    collect(hashes, TOKEN.SECRET_HASH.isNull(), actualHash, found);
    return found;
  }

  /** Only tokens whose hash is in their row. */
  Map<SecretHash, TokenInfo> findHashed(List<SecretHash> hashes) {
    Map<SecretHash, TokenInfo> found = new HashMap<>();
    collect(hashes, DSL.noCondition(), TOKEN.SECRET_HASH, found);
    return found;
  }

  /** Where a person changed a secret, its row has the hash of the one before. */
  private void forgetStaleHashes(List<SecretHash> hashes) {
    for (List<byte[]> chunk : Chunks.of(bytes(hashes))) {
      List<Long> stale =
          context
              .select(TOKEN.ID)
              .from(TOKEN)
              .where(Tokens.of(account))
              .and(TOKEN.SECRET_HASH.in(chunk))
              .and(TOKEN.SECRET_HASH.ne(actualHash))
              .fetch(TOKEN.ID);
      if (!stale.isEmpty()) {
        context
            .update(TOKEN)
            .set(TOKEN.SECRET_HASH, (byte[]) null)
            .where(TOKEN.ID.in(stale))
            .execute();
      }
    }
  }

  private void collect(
      List<SecretHash> hashes,
      Condition condition,
      Field<byte[]> hash,
      Map<SecretHash, TokenInfo> found) {
    for (List<byte[]> chunk : Chunks.of(bytes(hashes))) {
      Result<? extends Record> rows =
          context
              .select(Tokens.INFO)
              .select(hash)
              .from(TOKEN)
              .where(Tokens.of(account))
              .and(condition)
              .and(hash.in(chunk))
              .orderBy(TOKEN.ID)
              .fetch();
      for (Record row : rows) {
        found.merge(
            new SecretHash(row.get(hash)),
            Tokens.info(row),
            (one, other) -> one.id().compareTo(other.id()) <= 0 ? one : other);
      }
    }
  }

  private static List<byte[]> bytes(List<SecretHash> hashes) {
    List<byte[]> bytes = new ArrayList<>();
    hashes.forEach(hash -> bytes.add(hash.bytes()));
    return bytes;
  }
}
