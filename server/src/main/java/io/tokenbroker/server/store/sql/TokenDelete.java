package io.tokenbroker.server.store.sql;

import static io.tokenbroker.server.store.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.failure.TokenDoesNotExistException;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.TokenId;
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
          Tokens.number(token).orElseThrow(() -> new TokenDoesNotExistException(account, token)));
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
    States.delete(context, account, tokens);
  }
}
