package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.SealedSecretException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the tokens of an account from rows that anybody may have written: what can't be used is
 * left out and told in the log, without its secret; of several with one secret the first id stays.
 */
final class UsableTokens {
  private static final Logger log = LoggerFactory.getLogger(UsableTokens.class);
  private static final int MAX_LOGGED = 10;

  private final AccountId account;
  private final StoredSecrets secrets;
  private final List<Token> tokens = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();
  private int leftOutCount;
  private final List<String> unreadable = new ArrayList<>();
  private int unreadableCount;
  private boolean keyMissing;

  /** Of rows of which none is sealed. */
  UsableTokens(AccountId account) {
    this(account, StoredSecrets.PLAIN);
  }

  UsableTokens(AccountId account, StoredSecrets secrets) {
    this.account = account;
    this.secrets = secrets;
  }

  /**
   * @param settings may throw IllegalArgumentException, which names the column
   */
  void add(@Nullable String id, @Nullable String secret, Supplier<TokenSettings> settings) {
    addRead(id, () -> new Secret(secret == null ? "" : secret), settings);
  }

  /**
   * As {@link #add}, of a row that may be sealed. A secret that can't be read benches its token.
   *
   * @param sealed null if the row is not
   */
  void add(long id, String plain, @Nullable String sealed, Supplier<TokenSettings> settings) {
    String name = Long.toString(id);
    if (!plain.isEmpty() || sealed == null) {
      // a person's plain text is newer than what was sealed
      add(name, plain, settings);
      return;
    }
    try {
      String opened = secrets.open(account.value(), id, sealed);
      addRead(name, () -> new Secret(opened), settings);
    } catch (SealedSecretException e) {
      keyMissing |= e.isKeyMissing();
      unreadableCount++;
      if (unreadable.size() < MAX_LOGGED) {
        unreadable.add(name + ": " + e.getMessage());
      }
      addRead(name, Secret::unreadable, settings);
    }
  }

  /** Whether with other keys more could be read. */
  boolean isKeyMissing() {
    return keyMissing;
  }

  private void addRead(
      @Nullable String id, Supplier<Secret> secret, Supplier<TokenSettings> settings) {
    try {
      tokens.add(
          new Token(
              column("id", () -> new TokenId(id == null ? "" : id)),
              column("secret", secret),
              settings.get()));
    } catch (IllegalArgumentException e) {
      leaveOut(id + ": " + e.getMessage());
    }
  }

  /** Makes a value of a column; why that fails begins with the column's name. */
  static <T> T column(String name, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " " + e.getMessage(), e);
    }
  }

  private void leaveOut(String why) {
    leftOutCount++;
    if (leftOut.size() < MAX_LOGGED) {
      leftOut.add(why);
    }
  }

  /** The tokens in the order of their ids; ids and secrets differ. */
  List<Token> inOrder() {
    Set<Object> seen = new HashSet<>();
    List<Token> inOrder = new ArrayList<>();
    tokens.sort(Comparator.comparing(Token::id));
    for (Token token : tokens) {
      if (!seen.add(token.id())) {
        leaveOut(token.id() + ": id is there twice");
      } else if (!seen.add(token.secret())) {
        leaveOut(token.id() + ": secret is that of another");
      } else {
        inOrder.add(token);
      }
    }
    if (leftOutCount > 0) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("count", leftOutCount)
          .addKeyValue("tokens", leftOut)
          .log("tokens that can't be used are left out");
    }
    if (unreadableCount > 0) {
      log.atWarn()
          .addKeyValue("account", account)
          .addKeyValue("count", unreadableCount)
          .addKeyValue("tokens", unreadable)
          .log("secrets that can't be decrypted: their tokens are benched");
    }
    return inOrder;
  }
}
