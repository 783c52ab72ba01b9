package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.store.SealedSecretException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** Finds the tokens of an account by their secrets, without reading any plain text. */
final class KnownSecrets {
  private final DSLContext context;
  private final AccountId account;
  private final StoredSecrets secrets;
  private final Field<byte[]> plainHash;

  KnownSecrets(DSLContext context, AccountId account, StoredSecrets secrets) {
    this.context = context;
    this.account = account;
    this.secrets = secrets;
    this.plainHash =
        DSL.field(Dialect.of(context).sha256(), SQLDataType.VARBINARY(32), TOKEN.SECRET)
            .as("plain_hash");
  }

  /**
   * Also tokens that a person wrote; where a secret has several, the first.
   *
   * @param wanted each hash that a secret may have, and the one to find it by in the result
   */
  Map<SecretHash, TokenInfo> find(Map<SecretHash, SecretHash> wanted) {
    Map<SecretHash, TokenInfo> found = new HashMap<>();
    List<Long> stale = new ArrayList<>();
    for (List<SecretHash> chunk : Chunks.of(List.copyOf(wanted.keySet()))) {
      for (Record row : select(plainHash, among(chunk))) {
        SecretHash hash = wanted.get(new SecretHash(row.get(TOKEN.SECRET_HASH)));
        SecretHash actual = isSealed(row) ? hash : wanted.get(new SecretHash(row.get(plainHash)));
        if (hash != null && Objects.equals(hash, actual)) {
          add(hash, row, found);
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
    for (Record row : select(plainHash, TOKEN.SECRET_HASH.isNull())) {
      SecretHash actual = isSealed(row) ? opened(row) : new SecretHash(row.get(plainHash));
      SecretHash hash = actual == null ? null : wanted.get(actual);
      if (hash != null) {
        add(hash, row, found);
      }
    }
    return found;
  }

  private static boolean isSealed(Record row) {
    Long key = row.get(TOKEN.SECRET_KEY);
    return key != null && key > 0;
  }

  /** Null if it can't be read. */
  private @Nullable SecretHash opened(Record row) {
    try {
      String secret =
          secrets.open(account.value(), row.get(TOKEN.ID), row.get(TOKEN.SEALED_SECRET));
      return SecretHash.of(secret);
    } catch (SealedSecretException e) {
      return null;
    }
  }

  private static void add(SecretHash hash, Record row, Map<SecretHash, TokenInfo> found) {
    found.merge(
        hash,
        TokenRows.info(row),
        (one, other) -> one.id().compareTo(other.id()) <= 0 ? one : other);
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
        .select(TOKEN.SECRET_HASH, TOKEN.SECRET_KEY, TOKEN.SEALED_SECRET, more)
        .from(TOKEN)
        .where(TokenRows.of(account))
        .and(condition)
        .fetch();
  }

  private static Condition among(Collection<SecretHash> hashes) {
    return TOKEN.SECRET_HASH.in(hashes.stream().map(SecretHash::bytes).toList());
  }
}
