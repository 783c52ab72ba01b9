package io.tokenbroker.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.security.KeysetFile;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.SealedRows;
import io.tokenbroker.server.sql.SqlTokenStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of a keyset while others change it, or use it. */
class KeyChangeTest {
  @TempDir Path directory;
  private final PrintWriter out = new PrintWriter(new StringWriter());
  private KeysetSource source;
  private KeysetFile file;
  private Database database;

  @BeforeEach
  void open() throws Exception {
    var config =
        LoadedConfig.load(
                Optional.empty(), Map.of("TOKENBROKER_DATA", directory.toString()), Map.of())
            .config();
    source = KeysetSource.of(config);
    file = source.file().orElseThrow();
    file.create(Keyset.generate());
    database = Database.open(Stores.own(config));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private KeyChange change(KeyChange.Settled meanwhile) {
    return new KeyChange(source, new SealedRows(database), meanwhile);
  }

  private KeyChange change() {
    return change((file, out) -> {});
  }

  /** Of a broker that has not seen yet that another key is the current one. */
  private void add(Keyset with) {
    var unused =
        new SqlTokenStore(database, Optional.of(new KeysetCipher(with)))
            .addTokens(
                new AccountId("a"),
                List.of(new NewToken(new Secret("made-up"), TokenSettings.DEFAULT)));
  }

  @Test
  void aKeyThatIsUsedWhileBrokersMayNotHaveSeenTheNewOneIsNotDropped() throws Exception {
    Keyset before = file.read();
    assertThat(change().rotate(false, out)).isZero();

    assertThatThrownBy(() -> change((file, out) -> add(before)).drop(before.current(), out))
        .isInstanceOf(KeysetException.class)
        .hasMessageContaining("Secrets are encrypted with key " + before.current());

    assertThat(file.read().ids()).contains(before.current());
    assertThat(change().rewrap(out, out)).isZero();
    assertThat(change().drop(before.current(), out)).isZero();
    assertThat(file.read().ids()).doesNotContain(before.current()).hasSize(1);
  }

  @Test
  void noOtherChangeBeginsBeforeOneHasEnded() throws Exception {
    Keyset before = file.read();
    assertThat(change().rotate(false, out)).isZero();
    assertThat(change().rotate(true, out)).isZero();
    Keyset prepared = file.read();
    List<String> refused = new ArrayList<>();

    int dropped =
        change(
                (file, out) -> {
                  // would make the prepared key the current one
                  refused.add(refusal(() -> change().rotate(false, out)));
                  refused.add(refusal(() -> change().rewrap(out, out)));
                  refused.add(refusal(() -> change().drop(before.current(), out)));
                })
            .drop(before.current(), out);

    assertThat(dropped).isZero();
    assertThat(refused)
        .hasSize(3)
        .allMatch(message -> message.contains("is being changed by another tokenbroker keys"));
    assertThat(file.read()).isEqualTo(prepared.without(before.current()));
    assertThat(change().rotate(false, out)).as("let go of").isZero();
  }

  private interface Attempt {
    int make() throws KeysetException;
  }

  private static String refusal(Attempt attempt) {
    try {
      return "exit " + attempt.make();
    } catch (KeysetException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
