package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
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
        DSL.field(Dialect.of(context).sha256(), SQLDataType.VARBINARY(32), TOKEN.SECRET)
            .as("actual_hash");
  }

  /** Also tokens that a person wrote; where a secret has several, the first. */
  Map<SecretHash, TokenInfo> find(Set<SecretHash> hashes) {
    Map<SecretHash, TokenInfo> found = new HashMap<>();
    List<Long> stale = new ArrayList<>();
    for (List<SecretHash> chunk : Chunks.of(List.copyOf(hashes))) {
      for (Record row : select(actualHash, among(chunk))) {
        if (Arrays.equals(row.get(TOKEN.SECRET_HASH), row.get(actualHash))) {
          found.put(new SecretHash(row.get(TOKEN.SECRET_HASH)), TokenRows.info(row));
        } else {
          // a person changed the secret
          stale.add(row.get(TOKEN.ID));
        }
      }
    }
    if (!stale.isEmpty()) {
      context
          .update(TOKEN)
          .set(TOKEN.SECRET_HASH, (byte[]) null)
          .where(TOKEN.ID.in(stale))
          .execute();
    }
    addUnhashed(hashes, found);
    return found;
  }

  private void addUnhashed(Set<SecretHash> hashes, Map<SecretHash, TokenInfo> found) {
    Set<SecretHash> wanted = new HashSet<>(hashes);
    for (Record row : select(actualHash, TOKEN.SECRET_HASH.isNull())) {
      SecretHash hash = new SecretHash(row.get(actualHash));
      if (wanted.contains(hash)) {
        found.merge(
            hash,
            TokenRows.info(row),
            (one, other) -> one.id().compareTo(other.id()) <= 0 ? one : other);
      }
    }
  }

  /**
   * Those with {@link TokenRows#INFO} and their numbers whose hash is in their row, and is right.
   */
  Map<SecretHash, Record> findHashed(Set<SecretHash> hashes) {
    Map<SecretHash, Record> found = new HashMap<>();
    for (List<SecretHash> chunk : Chunks.of(List.copyOf(hashes))) {
      for (Record row : select(TokenRows.ROW_NUMBER, among(chunk))) {
        found.put(new SecretHash(row.get(TOKEN.SECRET_HASH)), row);
      }
    }
    return found;
  }

  private Result<? extends Record> select(Field<?> more, Condition condition) {
    return context
        .select(TokenRows.INFO)
        .select(TOKEN.SECRET_HASH, more)
        .from(TOKEN)
        .where(TokenRows.of(account))
        .and(condition)
        .fetch();
  }

  private static Condition among(List<SecretHash> hashes) {
    return TOKEN.SECRET_HASH.in(hashes.stream().map(SecretHash::bytes).toList());
  }
}
