package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.KnownTokens;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;

/** The tokens of a big account to which some were added: only these rows are read. */
final class AddedRows {
  private AddedRows() {}

  /** Empty if anything else has happened to it than that tokens were added at its end. */
  static Optional<ExistingTokens> read(
      DSLContext context, AccountId account, KnownTokens known, StoredSecrets secrets) {
    List<Token> tokens = new ArrayList<>(known.tokens());
    OptionalLong last = TokenRows.number(tokens.get(tokens.size() - 1).id());
    if (last.isEmpty()) {
      return Optional.empty();
    }
    UsableTokens usable = new UsableTokens(account, secrets);
    Fingerprint fingerprint = known.fingerprint();
    try (Cursor<? extends Record> rows = rows(context, account, last.getAsLong())) {
      for (Record row : rows) {
        fingerprint = fingerprint.plus(row.get(TokenRows.ROW_NUMBER));
        usable.add(
            row.get(TOKEN.ID),
            row.get(TOKEN.SECRET),
            row.get(TOKEN.SEALED_SECRET),
            () -> TokenRows.settings(row));
      }
    }
    Long settings = SettingsRows.numbers(context, Set.of(account)).get(account);
    Map<AccountId, Fingerprint> present = AccountQueries.fingerprints(context, Set.of(account));
    List<Token> added = usable.inOrder();
    if (usable.isKeyMissing()
        || !fingerprint.equals(present.get(account))
        || haveSecretOf(tokens, added)) {
      return Optional.empty();
    }
    tokens.addAll(added);
    // who reads the settings adds them
    return Optional.of(
        new ExistingTokens(tokens, settings == null ? fingerprint : fingerprint.minus(settings)));
  }

  private static Cursor<? extends Record> rows(DSLContext context, AccountId account, long after) {
    return context
        .select(TokenRows.INFO)
        .select(TOKEN.SECRET, TOKEN.SEALED_SECRET, TokenRows.ROW_NUMBER)
        .from(Dialect.of(context).byIndex(TOKEN, "token_by_account"))
        .where(TokenRows.of(account))
        .and(TOKEN.ID.gt(after))
        .fetchSize(Dialect.of(context).fetchSize())
        .fetchLazy();
  }

  /** A person may have added a secret once more. */
  private static boolean haveSecretOf(List<Token> tokens, List<Token> added) {
    Set<Secret> secrets = new HashSet<>();
    added.forEach(token -> secrets.add(token.secret()));
    return tokens.stream().anyMatch(token -> secrets.contains(token.secret()));
  }
}
