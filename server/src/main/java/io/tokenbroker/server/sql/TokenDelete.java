package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;

/** Removes tokens, or says which one does not exist; tells of what the account is without. */
final class TokenDelete {
  private TokenDelete() {}

  static Fingerprint of(DSLContext context, AccountId account, Set<TokenId> tokens) {
    List<Long> ids = new ArrayList<>();
    // sorted: the answer names the first, and transactions take their locks in one order
    for (TokenId token : tokens.stream().sorted().toList()) {
      ids.add(
          TokenRows.number(token)
              .orElseThrow(() -> BrokerException.tokenDoesNotExist(account, token)));
    }
    Fingerprint rows = Fingerprint.NONE;
    for (List<Long> chunk : Chunks.of(ids)) {
      Map<Long, Long> found = new HashMap<>();
      Dialect.of(context)
          .locked(
              context
                  .select(TOKEN.ID, TOKEN.ACCOUNT, TokenRows.ROW_NUMBER)
                  .from(TOKEN)
                  .where(TOKEN.ID.in(chunk)))
          .forEach(
              row -> {
                if (account.value().equals(row.value2())) {
                  found.put(row.value1(), row.value3());
                }
              });
      for (long id : chunk) {
        Long number = found.get(id);
        if (number == null) {
          throw BrokerException.tokenDoesNotExist(account, new TokenId(Long.toString(id)));
        }
        rows = rows.minus(number);
      }
      context.deleteFrom(TOKEN).where(TOKEN.ID.in(chunk)).execute();
    }
    StateRows.delete(context, account, tokens);
    return rows;
  }
}
