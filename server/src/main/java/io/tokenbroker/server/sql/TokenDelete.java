package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenDoesNotExistException;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jooq.DSLContext;

/** Removes tokens, or says which one does not exist. */
final class TokenDelete {
  private TokenDelete() {}

  static void of(DSLContext context, AccountId account, Set<TokenId> tokens) {
    List<Long> ids = new ArrayList<>();
    // sorted: the answer names the first, and transactions take their locks in one order
    for (TokenId token : tokens.stream().sorted().toList()) {
      ids.add(
          TokenRows.number(token)
              .orElseThrow(() -> new TokenDoesNotExistException(account, token)));
    }
    for (List<Long> chunk : Chunks.of(ids)) {
      Set<Long> found = new HashSet<>();
      Dialect.of(context)
          .locked(context.select(TOKEN.ID, TOKEN.ACCOUNT).from(TOKEN).where(TOKEN.ID.in(chunk)))
          .forEach(
              row -> {
                if (account.value().equals(row.value2())) {
                  found.add(row.value1());
                }
              });
      for (long id : chunk) {
        if (!found.contains(id)) {
          throw new TokenDoesNotExistException(account, new TokenId(Long.toString(id)));
        }
      }
      context.deleteFrom(TOKEN).where(TOKEN.ID.in(chunk)).execute();
    }
    StateRows.delete(context, account, tokens);
  }
}
