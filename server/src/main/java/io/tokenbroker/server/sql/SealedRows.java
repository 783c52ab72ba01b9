package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.store.SealedSecretException;
import io.tokenbroker.server.store.SecretCipher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which keys the secrets of the broker's own table are encrypted, and their change from one key,
 * or none, to another. Thread-safe; every method blocks on I/O. All of it goes by an index.
 */
public final class SealedRows {
  /** Stands for a key where a secret is plain text. */
  public static final long PLAIN = 0;

  private static final Logger log = LoggerFactory.getLogger(SealedRows.class);

  /** In a transaction: secrets have up to 64 KiB, and others wait for a few of the rows. */
  private static final int PORTION = 200;

  private final Database database;
  private final Sql sql;

  public SealedRows(Database database) {
    this.database = database;
    this.sql = database.sql();
  }

  /** The keys that rows are encrypted with, and {@link #PLAIN}, where there are any. */
  public SortedSet<Long> keys() {
    return sql.read(SealedRows::keys);
  }

  private static SortedSet<Long> keys(DSLContext context) {
    SortedSet<Long> keys = new TreeSet<>();
    // no database but MySQL would skip by itself from one key in the index to the next
    for (Long key = next(context, PLAIN - 1); key != null; key = next(context, key)) {
      keys.add(key);
    }
    return keys;
  }

  private static @Nullable Long next(DSLContext context, long after) {
    return context
        .select(DSL.min(TOKEN.SECRET_KEY))
        .from(TOKEN)
        .where(TOKEN.SECRET_KEY.gt(after))
        .fetchSingle()
        .value1();
  }

  /** Whether any secret is plain text. */
  public boolean hasPlain() {
    return sql.read(context -> Objects.equals(next(context, PLAIN - 1), PLAIN));
  }

  /** Whether any row is encrypted. */
  static boolean exist(DSLContext context) {
    return next(context, PLAIN) != null;
  }

  /** How many rows there are of each of the {@link #keys}; reads all of an index. */
  public SortedMap<Long, Long> counts() {
    return sql.read(
        context -> {
          SortedMap<Long, Long> counts = new TreeMap<>();
          context
              .select(TOKEN.SECRET_KEY, DSL.count())
              .from(TOKEN)
              .where(TOKEN.SECRET_KEY.isNotNull())
              .groupBy(TOKEN.SECRET_KEY)
              .forEach(row -> counts.put(row.value1(), row.value2().longValue()));
          return counts;
        });
  }

  /**
   * What became of a portion of rows.
   *
   * @param last the id of the last row; the next portion begins behind it
   * @param sealed how many have the current key now
   * @param refused the ids of rows that can't be read, and stay as they are
   * @param isEnd whether there are no more
   */
  public record Portion(long last, int sealed, List<Long> refused, boolean isEnd) {}

  /**
   * Encrypts rows of one key, or plain ones, with the cipher's current key: a portion of them, in a
   * transaction. Who is killed goes on by asking for the same key again.
   *
   * @param after the id behind which to begin
   */
  public Portion seal(SecretCipher cipher, long key, long after) {
    return sql.write(context -> seal(context, cipher, key, after));
  }

  /** The same of plain ones, while others may use the database: they don't stay in its log. */
  public Portion sealPlain(SecretCipher cipher, long after) {
    if (!hasPlain()) {
      return new Portion(after, 0, List.of(), true);
    }
    database.notePlainText();
    Portion portion = seal(cipher, PLAIN, after);
    database.emptyLog();
    return portion;
  }

  private static Portion seal(DSLContext context, SecretCipher cipher, long key, long after) {
    var rows =
        Dialect.of(context)
            .locked(
                context
                    .select(TOKEN.ID, TOKEN.ACCOUNT, TOKEN.SECRET, TOKEN.SEALED_SECRET)
                    .from(Dialect.of(context).byIndex(TOKEN, "token_by_secret_key"))
                    .where(TOKEN.SECRET_KEY.eq(key))
                    .and(TOKEN.ID.gt(after))
                    .orderBy(TOKEN.ID)
                    .limit(PORTION))
            .fetch();
    Map<String, Map<Long, String>> secrets = new HashMap<>();
    List<Long> refused = new ArrayList<>();
    long last = after;
    for (Record row : rows) {
      last = row.get(TOKEN.ID);
      try {
        secrets
            .computeIfAbsent(row.get(TOKEN.ACCOUNT), account -> new TreeMap<>())
            .put(last, secret(cipher, row));
      } catch (SealedSecretException e) {
        refused.add(last);
        log.atWarn()
            .addKeyValue("account", row.get(TOKEN.ACCOUNT))
            .addKeyValue("token", last)
            .addKeyValue("cause", e.getMessage())
            .log("a secret can't be decrypted: it is not encrypted anew");
      }
    }
    List<SealedRow> sealed = new ArrayList<>();
    secrets.forEach((account, some) -> sealed.addAll(sealed(context, cipher, account, some)));
    SealedRow.update(context, sealed);
    return new Portion(last, sealed.size(), refused, rows.size() < PORTION);
  }

  private static String secret(SecretCipher cipher, Record row) throws SealedSecretException {
    String plain = row.get(TOKEN.SECRET);
    return plain.isEmpty()
        ? cipher.open(row.get(TOKEN.ACCOUNT), row.get(TOKEN.ID), row.get(TOKEN.SEALED_SECRET))
        : plain;
  }

  /** A person may have given an account one secret twice: only one of them has its hash. */
  private static List<SealedRow> sealed(
      DSLContext context, SecretCipher cipher, String account, Map<Long, String> secrets) {
    Map<Long, SecretHash> hashes = new TreeMap<>();
    secrets.forEach(
        (id, secret) -> hashes.put(id, new SecretHash(cipher.hashes(account, secret).get(0))));
    Set<SecretHash> taken = new HashSet<>();
    context
        .select(TOKEN.ID, TOKEN.SECRET_HASH)
        .from(TOKEN)
        .where(TOKEN.ACCOUNT.eq(account))
        .and(TOKEN.SECRET_HASH.in(hashes.values().stream().map(SecretHash::bytes).toList()))
        .forEach(
            row -> {
              SecretHash hash = new SecretHash(row.value2());
              if (!Objects.equals(hash, hashes.get(row.value1()))) {
                taken.add(hash);
              }
            });
    List<SealedRow> sealed = new ArrayList<>();
    hashes.forEach(
        (id, hash) ->
            sealed.add(
                new SealedRow(
                    id,
                    taken.add(hash) ? hash : null,
                    cipher.seal(account, id, secrets.getOrDefault(id, "")))));
    return sealed;
  }
}
