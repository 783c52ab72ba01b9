package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.StoreUnavailableException;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.SecretCipher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;

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

  List<AddedToken> add(List<NewToken> tokens) {
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
      throw StoreUnavailableException.answered(
          "Secrets in the database are encrypted, and this broker has no keyset to add any with.",
          Duration.ofSeconds(10),
          null);
    }
    insert(missing);
    Map<SecretHash, TokenInfo> fresh = known.findHashed(missing.keySet());

    List<AddedToken> added = new ArrayList<>();
    for (SecretHash hash : hashes) {
      TokenInfo existing = old.get(hash);
      if (existing != null) {
        added.add(new AddedToken(existing, true));
      } else {
        TokenInfo token = fresh.get(hash);
        if (token == null) {
          throw new IllegalStateException("a token is gone within its own transaction");
        }
        added.add(new AddedToken(token, false));
        // a second one in the same call
        old.put(hash, token);
      }
    }
    if (secrets.cipher() != null) {
      seal(secrets.cipher(), missing, fresh);
    }
    return added;
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
      SecretCipher cipher, Map<SecretHash, NewToken> tokens, Map<SecretHash, TokenInfo> infos) {
    List<SealedRow> rows = new ArrayList<>();
    tokens.forEach(
        (hash, token) -> {
          TokenInfo info = infos.get(hash);
          if (info != null) {
            long id = TokenRows.number(info.id()).orElseThrow();
            rows.add(
                new SealedRow(id, hash, cipher.seal(account.value(), id, token.secret().reveal())));
          }
        });
    SealedRow.update(context, rows);
  }
}
