package io.tokenbroker.server.testing;

import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.testing.DatabaseServer.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Empty databases for tests, on a server that all tests of a JVM share; nobody may stop it (for
 * that, {@link DatabaseServer#launch} one). To be registered as a static extension.
 *
 * <p>{@code TOKENBROKER_TEST_MYSQL_URL}, {@code _USER} and {@code _PASSWORD} name another MySQL
 * than the bundled one, such as jdbc:mysql://127.0.0.1:3306/, whose user may make databases and
 * users.
 */
public final class TestDatabase implements BeforeAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(TestDatabase.class);

  private final Optional<Product> product;
  private @Nullable Server server;

  private TestDatabase(Optional<Product> product) {
    this.product = product;
  }

  public static TestDatabase sqlite() {
    return new TestDatabase(Optional.empty());
  }

  public static TestDatabase mysql() {
    return new TestDatabase(Optional.of(Product.MYSQL));
  }

  public static TestDatabase mariadb() {
    return new TestDatabase(Optional.of(Product.MARIADB));
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    server =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(product, TestDatabase::open, Server.class);
  }

  /** A new empty database. */
  public DatabaseSettings fresh(int poolSize) {
    if (server == null) {
      throw new IllegalStateException("not registered as a static extension");
    }
    return server.fresh(poolSize);
  }

  /** A connection beside the broker's: a person with a SQL prompt. */
  public static Connection connect(DatabaseSettings settings) throws SQLException {
    return DriverManager.getConnection(settings.url(), settings.user(), settings.password());
  }

  /** Counts the rows without those that triggers change. */
  public static int update(Statement statement, String sql) throws SQLException {
    int rows = statement.executeUpdate(sql);
    if (!statement.getConnection().getMetaData().getDatabaseProductName().equals("SQLite")) {
      return rows;
    }
    try (ResultSet changes = statement.executeQuery("select changes()")) {
      changes.next();
      return changes.getInt(1);
    }
  }

  /** How many rows and index entries a server has read so far; 0 of SQLite, which counts none. */
  public static long reads(DatabaseSettings settings) {
    long reads = 0;
    try (Connection connection = connect(settings);
        Statement statement = connection.createStatement()) {
      if (connection.getMetaData().getDatabaseProductName().equals("SQLite")) {
        return 0;
      }
      try (ResultSet rows =
          statement.executeQuery(
              "show global status where variable_name in ('Handler_read_next',"
                  + " 'Handler_read_prev', 'Handler_read_rnd_next')")) {
        while (rows.next()) {
          reads += rows.getLong(2);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return reads;
  }

  private static Server open(Optional<Product> product) {
    if (product.isEmpty()) {
      return new SqliteFiles();
    }
    String url = System.getenv("TOKENBROKER_TEST_MYSQL_URL");
    if (product.get() == Product.MYSQL && url != null) {
      return new GivenServer(
          url.replaceFirst("(//[^/]+).*$", "$1/"),
          environment("TOKENBROKER_TEST_MYSQL_USER"),
          environment("TOKENBROKER_TEST_MYSQL_PASSWORD"));
    }
    return new OwnServer(DatabaseServer.launch(product.get()));
  }

  private static String environment(String name) {
    return Optional.ofNullable(System.getenv(name)).orElse("");
  }

  private static String name() {
    return "tokenbroker_test_" + UUID.randomUUID().toString().replace("-", "");
  }

  private sealed interface Server extends AutoCloseable {
    DatabaseSettings fresh(int poolSize);

    @Override
    void close();
  }

  private record OwnServer(DatabaseServer server) implements Server {
    @Override
    public DatabaseSettings fresh(int poolSize) {
      return new DatabaseSettings(
          "database", server.url(name()), server.user(), server.password(), poolSize);
    }

    @Override
    public void close() {
      server.close();
    }
  }

  private static final class GivenServer implements Server {
    private final String url;
    private final String user;
    private final String password;
    private final List<String> databases = new ArrayList<>();

    GivenServer(String url, String user, String password) {
      this.url = url;
      this.user = user;
      this.password = password;
    }

    @Override
    public synchronized DatabaseSettings fresh(int poolSize) {
      String name = name();
      databases.add(name);
      return new DatabaseSettings(
          "database", url + name + "?createDatabaseIfNotExist=true", user, password, poolSize);
    }

    @Override
    public synchronized void close() {
      try (Connection connection = DriverManager.getConnection(url, user, password);
          var statement = connection.createStatement()) {
        for (String name : databases) {
          statement.execute("drop database if exists " + name);
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class SqliteFiles implements Server {
    private final Path directory;

    SqliteFiles() {
      try {
        directory =
            Files.createTempDirectory(
                Files.createDirectories(Path.of("target", "test-databases")).toAbsolutePath(),
                "sqlite-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public DatabaseSettings fresh(int poolSize) {
      try {
        return DatabaseSettings.embedded(
            Files.createDirectory(directory.resolve(name())), poolSize);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      DatabaseServer.delete(directory);
    }
  }
}
