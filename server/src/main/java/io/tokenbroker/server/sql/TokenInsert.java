package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.SecretCipher;
import io.tokenbroker.server.store.TokenStore.Changed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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
  private final DSLContext context;
  private final AccountId account;
  private final StoredSecrets secrets;

  TokenInsert(DSLContext context, AccountId account, StoredSecrets secrets) {
    this.context = context;
    this.account = account;
    this.secrets = secrets;
  }

  Changed<List<AddedToken>> add(List<NewToken> tokens) {
    Map<SecretHash, NewToken> missing = new LinkedHashMap<>();
    Map<SecretHash, SecretHash> aliases = new HashMap<>();
    List<SecretHash> hashes = new ArrayList<>();
    for (NewToken token : tokens) {
      List<SecretHash> all = secrets.hashes(account.value(), token.secret().reveal());
      SecretHash hash = all.get(0);
      all.forEach(alias -> aliases.put(alias, hash));
      hashes.add(hash);
      missing.putIfAbsent(hash, token);
    }
    KnownSecrets known = new KnownSecrets(context, account, secrets);
    Map<SecretHash, TokenInfo> old = known.find(aliases);
    missing.keySet().removeAll(old.keySet());
    if (!missing.isEmpty() && secrets.cipher() == null && SealedRows.exist(context)) {
      throw BrokerException.storeRefused(
          "Secrets in the database are encrypted, and this broker has no keyset to add any with.",
          Duration.ofSeconds(10),
          null);
    }
    insert(missing);
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
    if (secrets.cipher() != null) {
      seal(secrets.cipher(), missing, fresh);
    }
    return new Changed<>(added, new TokenChange.Added(made, present, rows));
  }

  private void insert(Map<SecretHash, NewToken> tokens) {
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
                secrets.cipher() == null ? entry.getValue().secret().reveal() : "",
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

  /** Once they have the ids that their secrets are bound to. */
  private void seal(
      SecretCipher cipher, Map<SecretHash, NewToken> tokens, Map<SecretHash, Record> inserted) {
    List<SealedRow> rows = new ArrayList<>();
    tokens.forEach(
        (hash, token) -> {
          Record row = inserted.get(hash);
          if (row != null) {
            long id = row.get(TOKEN.ID);
            rows.add(
                new SealedRow(id, hash, cipher.seal(account.value(), id, token.secret().reveal())));
          }
        });
    SealedRow.update(context, rows);
  }
}
