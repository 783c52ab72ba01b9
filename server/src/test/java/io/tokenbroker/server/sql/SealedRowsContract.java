package io.tokenbroker.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.sql.SealedRows.Portion;
import io.tokenbroker.server.store.SecretCipher;
import io.tokenbroker.server.testing.LogLines;
import io.tokenbroker.server.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is encrypted, what refuses to be decrypted, and how one becomes the other. */
abstract class SealedRowsContract extends StoreContract {
  private final Keyset keyset = Keyset.generate();
  private final KeysetCipher cipher = new KeysetCipher(keyset);

  /** On the same rows, without a key. */
  private SqlTokenStore plain() {
    return new SqlTokenStore(database);
  }

  private SealedRows rows() {
    return new SealedRows(database);
  }

  @Override
  Optional<SecretCipher> cipher() {
    return Optional.of(cipher);
  }

  @AfterEach
  void removeAll() {
    cipher.replace(keyset);
    byHand("delete from token");
  }

  @Test
  void noRowHasTheSecretOrItsBareHash() throws Exception {
    AccountId account = new AccountId("sealed");
    add(account, "made-up-secret-1");

    for (String column : columns()) {
      assertThat(column).doesNotContain("made-up-secret-1");
      assertThat(column)
          .doesNotContain(hex(sha256("made-up-secret-1")))
          .doesNotContain(new String(sha256("made-up-secret-1"), StandardCharsets.ISO_8859_1));
    }
    assertThat(secrets(store.load(account))).containsExactly("made-up-secret-1");
  }

  @Test
  void aCiphertextOfAnotherRowBenchesItsTokenAlone() {
    AccountId account = new AccountId("moved");
    List<TokenId> ids = add(account, "one", "two", "three");
    swap(ids.get(0), ids.get(1));

    try (LogLines log = new LogLines(UsableTokens.class)) {
      List<Token> tokens = store.load(account).tokens();

      assertThat(tokens)
          .extracting(token -> token.secret().isReadable())
          .containsExactly(false, false, true);
      assertThat(tokens.get(2).secret().reveal()).isEqualTo("three");
      assertThat(String.join("\n", log.lines()))
          .contains("moved", ids.get(0).value(), ids.get(1).value(), "moved or changed")
          .doesNotContain("one", "two");
    }
  }

  @Test
  void aCiphertextOfAnotherAccountIsRefused() {
    AccountId mine = new AccountId("mine");
    TokenId id = add(mine, "precious").get(0);

    byHand("update token set account = 'thief' where id = " + id.value());

    assertThat(store.load(new AccountId("thief")).tokens())
        .extracting(token -> token.secret().isReadable())
        .containsExactly(false);
  }

  @Test
  void aChangedCiphertextIsRefused() {
    AccountId account = new AccountId("changed");
    List<TokenId> ids = add(account, "one", "two", "three");
    String first = "update token set sealed_secret = ";
    byHand(first + "'no base64 %' where id = " + ids.get(0).value());
    byHand(
        first
            + "concat(substr(sealed_secret, 1, 20), case substr(sealed_secret, 21, 1) when 'A' then"
            + " 'B' else 'A' end, substr(sealed_secret, 22)) where id = "
            + ids.get(1).value());

    assertThat(store.load(account).tokens())
        .extracting(token -> token.secret().isReadable())
        .containsExactly(false, false, true);
  }

  @Test
  void plainAndSealedRowsAreReadAlike() {
    AccountId account = new AccountId("mixed");
    plain().addTokens(account, List.of(token("old")));
    add(account, "new");
    byHand("insert into token (account, secret) values ('mixed', 'by hand')");

    assertThat(secrets(store.load(account))).containsExactly("old", "new", "by hand");
    assertThat(
            store
                .addTokens(account, List.of(token("old"), token("new"), token("by hand")))
                .result())
        .allMatch(AddedToken::alreadyExisted);
  }

  @Test
  void sealsPlainRowsInPortionsThatNobodyNeedsToReadAgain() throws Exception {
    AccountId account = new AccountId("many");
    List<NewToken> tokens = IntStream.range(0, 450).mapToObj(i -> token("old-" + i)).toList();
    plain().addTokens(account, tokens);
    byHand("insert into token (account, secret) values ('many', 'by hand')");
    Map<AccountId, Fingerprint> before = store.fingerprints(Set.of(account));
    List<String> secrets = secrets(store.load(account));

    // as a process that was killed after its first portion
    Portion first = rows().seal(cipher, SealedRows.PLAIN, Long.MIN_VALUE);
    assertThat(first.isEnd()).isFalse();
    assertThat(first.sealed()).isPositive();
    assertThat(rows().counts()).containsOnlyKeys(SealedRows.PLAIN, keyset.current());
    assertThat(secrets(store.load(account))).isEqualTo(secrets);

    sealAll(SealedRows.PLAIN);

    assertThat(rows().counts()).isEqualTo(Map.of(keyset.current(), 451L));
    assertThat(secrets(store.load(account))).isEqualTo(secrets);
    assertThat(store.fingerprints(Set.of(account))).isEqualTo(before);
    assertThat(store.addTokens(account, tokens).result()).allMatch(AddedToken::alreadyExisted);
    assertThat(columns()).noneMatch(column -> column.contains("old-"));
    byte[] bare = sha256("old-7");
    assertThat(hashes()).hasSize(451).noneMatch(hash -> Arrays.equals(hash, bare));
  }

  @Test
  void sealsASecretThatAnAccountHasTwice() {
    AccountId account = new AccountId("twice");
    add(account, "same");
    byHand("insert into token (account, secret) values ('twice', 'same'), ('twice', 'same')");

    sealAll(SealedRows.PLAIN);

    assertThat(rows().counts()).isEqualTo(Map.of(keyset.current(), 3L));
    assertThat(secrets(store.load(account))).containsExactly("same");
    assertThat(store.addTokens(account, List.of(token("same"))).result())
        .allMatch(AddedToken::alreadyExisted);
  }

  @Test
  void whatAPersonWritesOverASealedSecretIsServedThenSealed() {
    AccountId account = new AccountId("edited");
    List<TokenId> ids = add(account, "one", "two");
    // each other's: the hashes of the rows are wrong for a while
    byHand("update token set secret = 'two' where id = " + ids.get(0).value());
    byHand("update token set secret = 'one' where id = " + ids.get(1).value());

    assertThat(secrets(store.load(account))).containsExactly("two", "one");
    assertThat(rows().hasPlain()).isTrue();

    sealAll(SealedRows.PLAIN);

    assertThat(rows().hasPlain()).isFalse();
    assertThat(secrets(store.load(account))).containsExactly("two", "one");
    assertThat(store.addTokens(account, List.of(token("one"), token("two"))).result())
        .allMatch(AddedToken::alreadyExisted);
  }

  @Test
  void aNewKeyTakesOverInPortions() {
    AccountId account = new AccountId("rotated");
    add(account, "old");
    Keyset more = keyset.withNewKey();
    long fresh = more.ids().stream().filter(id -> id != keyset.current()).findFirst().orElseThrow();
    cipher.replace(more.withCurrent(fresh));

    add(account, "new");
    assertThat(secrets(store.load(account))).containsExactly("old", "new");
    assertThat(store.addTokens(account, List.of(token("old"))).result())
        .allMatch(AddedToken::alreadyExisted);
    assertThat(rows().counts()).isEqualTo(Map.of(keyset.current(), 1L, fresh, 1L));

    sealAll(keyset.current());

    assertThat(rows().keys()).containsExactly(fresh);
    cipher.replace(cipher.keyset().without(keyset.current()));
    assertThat(secrets(store.load(account))).containsExactly("old", "new");
    assertThat(store.addTokens(account, List.of(token("old"), token("new"))).result())
        .allMatch(AddedToken::alreadyExisted);
  }

  /** Another broker may have used the key until it heard that it was dropped; so may this one. */
  @Test
  void whatIsEncryptedWithAKeyThatWasDroppedCanStillBeReadAndEncryptedAnew() {
    AccountId account = new AccountId("late");
    add(account, "one", "two");
    Keyset more = keyset.withNewKey();
    long fresh = more.ids().stream().filter(id -> id != keyset.current()).findFirst().orElseThrow();
    cipher.replace(more.withCurrent(fresh).without(keyset.current()));

    assertThat(secrets(store.load(account))).containsExactly("one", "two");
    assertThat(cipher.left()).containsExactly(keyset.current());
    assertThat(rows().seal(cipher, keyset.current(), Long.MIN_VALUE).sealed()).isEqualTo(2);

    assertThat(rows().keys()).containsExactly(fresh);
    cipher.replace(more);
    assertThat(cipher.left()).isEmpty();
  }

  @Test
  void whatCantBeReadStaysAsItIsWhenAKeyIsReplaced() {
    AccountId account = new AccountId("damaged");
    List<TokenId> ids = add(account, "one", "two", "three");
    swap(ids.get(0), ids.get(1));
    Keyset more = keyset.withNewKey();
    cipher.replace(
        more.withCurrent(
            more.ids().stream().filter(id -> id != keyset.current()).findFirst().orElseThrow()));

    Portion portion = rows().seal(cipher, keyset.current(), Long.MIN_VALUE);

    assertThat(portion.refused())
        .containsExactly(Long.valueOf(ids.get(0).value()), Long.valueOf(ids.get(1).value()));
    assertThat(portion.sealed()).isEqualTo(1);
    // put back, both can be read again
    swap(ids.get(0), ids.get(1));
    assertThat(secrets(store.load(account))).containsExactly("one", "two", "three");
  }

  @Test
  void withoutTheKeyNothingIsHandedOutOrAdded() {
    AccountId account = new AccountId("no key");
    add(account, "sealed");
    Fingerprint present = store.fingerprints(Set.of(account)).get(account);

    var seen = plain().load(account);

    assertThat(seen.tokens())
        .extracting(token -> token.secret().isReadable())
        .containsExactly(false);
    // so that the next check reads it again
    assertThat(seen.fingerprint()).isNotEqualTo(present);
    assertThat(store.load(account).fingerprint()).isEqualTo(present);
    assertThatThrownBy(() -> plain().addTokens(account, List.of(token("plain"))))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("no keyset");
    KeysetCipher other = new KeysetCipher(Keyset.generate());
    assertThat(new SqlTokenStore(database, Optional.of(other)).load(account).tokens())
        .extracting(token -> token.secret().isReadable())
        .containsExactly(false);
  }

  private void sealAll(long key) {
    Portion portion = new Portion(Long.MIN_VALUE, 0, List.of(), false);
    while (!portion.isEnd()) {
      portion = rows().seal(cipher, key, portion.last());
    }
  }

  private void swap(TokenId one, TokenId other) {
    String first = text("select sealed_secret from token where id = " + one.value());
    String second = text("select sealed_secret from token where id = " + other.value());
    byHand("update token set sealed_secret = '" + second + "' where id = " + one.value());
    byHand("update token set sealed_secret = '" + first + "' where id = " + other.value());
  }

  private String text(String sql) {
    return read(sql).get(0).get(0) instanceof String text ? text : "";
  }

  private List<byte[]> hashes() {
    return read("select secret_hash from token where secret_hash is not null").stream()
        .map(row -> (byte[]) row.get(0))
        .toList();
  }

  /** All there is of all rows. */
  private List<String> columns() {
    return read("select * from token").stream()
        .flatMap(List::stream)
        .map(
            value ->
                value instanceof byte[] bytes
                    ? new String(bytes, StandardCharsets.ISO_8859_1)
                    : String.valueOf(value))
        .toList();
  }

  private List<List<Object>> read(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getObject(i));
        }
        rows.add(row);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return rows;
  }

  private static byte[] sha256(String text) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }
}
