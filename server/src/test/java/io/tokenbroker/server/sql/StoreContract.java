package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.store.SecretCipher;
import io.tokenbroker.server.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.ExecuteContext;
import org.jooq.ExecuteListener;
import org.jooq.impl.DefaultExecuteListenerProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** What the tests of our own schema share: one database per class, one account per test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreContract {
  final AtomicInteger statements = new AtomicInteger();
  DatabaseSettings settings;
  Database database;
  SqlTokenStore store;

  abstract TestDatabase server();

  @BeforeAll
  void open() {
    settings = fresh();
    database = Database.open(settings);
    database
        .sql()
        .configuration()
        .set(new DefaultExecuteListenerProvider(ExecuteListener.onExecuteStart(this::count)));
    store = new SqlTokenStore(database, cipher());
  }

  /** None: secrets are plain text. */
  Optional<SecretCipher> cipher() {
    return Optional.empty();
  }

  /** An empty database. */
  DatabaseSettings fresh() {
    return server().fresh(4);
  }

  private void count(ExecuteContext context) {
    statements.incrementAndGet();
  }

  @AfterAll
  void close() {
    if (database != null) {
      database.close();
    }
  }

  /** As a person does, past the broker. */
  int byHand(String sql) {
    try (Connection connection = TestDatabase.connect(settings);
        Statement statement = connection.createStatement()) {
      return TestDatabase.update(statement, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  List<TokenId> add(AccountId account, String... secrets) {
    return store
        .addTokens(account, List.of(secrets).stream().map(StoreContract::token).toList())
        .result()
        .stream()
        .map(added -> added.token().id())
        .toList();
  }

  static NewToken token(String secret) {
    return new NewToken(new Secret(secret), TokenSettings.DEFAULT);
  }

  static List<String> secrets(AccountSnapshot snapshot) {
    return snapshot.tokens().stream().map(Token::secret).map(Secret::reveal).toList();
  }

  static List<TokenId> ids(List<TokenInfo> tokens) {
    return tokens.stream().map(TokenInfo::id).toList();
  }
}
