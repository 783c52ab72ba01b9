package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.SecretCipher.Sealed;
import java.util.List;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table token and the secret that it is to have.
 *
 * @param hash null where another row of the account has it
 */
record SealedRow(long id, @Nullable SecretHash hash, Sealed sealed) {
  /**
   * Takes the plain text, if there is any, out of the rows. They have not changed by that for who
   * looks for changes.
   */
  static void update(DSLContext context, List<SealedRow> rows) {
    for (List<SealedRow> chunk : Chunks.of(rows)) {
      BatchBindStep batch =
          context.batch(
              "update token set secret = '', sealed_secret = ?, sealed_key = ?, secret_hash = ?"
                  + Dialect.of(context).unchangedTimes()
                  + " where id = ?");
      for (SealedRow row : chunk) {
        batch =
            batch.bind(
                row.sealed.text(),
                row.sealed.key(),
                row.hash == null ? null : row.hash.bytes(),
                row.id);
      }
      batch.execute();
    }
  }
}
