package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.TokenStore.Changed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * Adds the tokens whose secrets an account does not have. If another transaction adds the same ones
 * at the same time, one of the two fails on the unique key, is begun anew, and then finds them.
 */
final class TokenInsert {
  private TokenInsert() {}

  static Changed<List<AddedToken>> into(
      DSLContext context, AccountId account, List<NewToken> tokens) {
    Map<SecretHash, NewToken> missing = new LinkedHashMap<>();
    List<SecretHash> hashes = new ArrayList<>();
    for (NewToken token : tokens) {
      SecretHash hash = SecretHash.of(token.secret());
      hashes.add(hash);
      missing.putIfAbsent(hash, token);
    }
    KnownSecrets known = new KnownSecrets(context, account);
    Map<SecretHash, TokenInfo> old = known.find(Set.copyOf(hashes));
    missing.keySet().removeAll(old.keySet());
    insert(context, account, missing);
    Map<SecretHash, Record> fresh = known.findHashed(missing.keySet());

    Set<TokenId> present = new HashSet<>();
    old.values().forEach(token -> present.add(token.id()));
    List<Token> made = new ArrayList<>();
    Fingerprint rows = Fingerprint.NONE;
    List<AddedToken> added = new ArrayList<>();
    for (int i = 0; i < hashes.size(); i++) {
      TokenInfo existing = old.get(hashes.get(i));
      if (existing != null) {
        added.add(new AddedToken(existing, true));
      } else {
        Record row = fresh.get(hashes.get(i));
        if (row == null) {
          throw new IllegalStateException("a token is gone within its own transaction");
        }
        TokenInfo token = TokenRows.info(row);
        added.add(new AddedToken(token, false));
        made.add(new Token(token.id(), tokens.get(i).secret(), token.settings()));
        rows = rows.plus(row.get(TokenRows.ROW_NUMBER));
        // a second one in the same call
        old.put(hashes.get(i), token);
      }
    }
    return new Changed<>(added, new TokenChange.Added(made, present, rows));
  }

  private static void insert(
      DSLContext context, AccountId account, Map<SecretHash, NewToken> tokens) {
    for (List<Map.Entry<SecretHash, NewToken>> chunk : Chunks.of(List.copyOf(tokens.entrySet()))) {
      BatchBindStep batch =
          context.batch(
              context
                  .insertInto(
                      TOKEN,
                      TOKEN.ACCOUNT,
                      TOKEN.SECRET,
                      TOKEN.SECRET_HASH,
                      TOKEN.LABEL,
                      TOKEN.WEIGHT,
                      TOKEN.ENABLED,
                      TOKEN.EXPIRE_TIME,
                      TOKEN.TOKEN_LIMITS)
                  .values("", "", new byte[0], "", 0, false, null, null));
      for (Map.Entry<SecretHash, NewToken> entry : chunk) {
        TokenSettings settings = entry.getValue().settings();
        batch =
            batch.bind(
                account.value(),
                entry.getValue().secret().reveal(),
                entry.getKey().bytes(),
                settings.label(),
                settings.weight(),
                settings.enabled(),
                settings.expireTime(),
                LimitsText.write(settings.limits()));
      }
      batch.execute();
    }
  }
}
