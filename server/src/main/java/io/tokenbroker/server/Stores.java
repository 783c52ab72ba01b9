package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.CredentialsConfig;
import io.tokenbroker.server.config.DatabaseConfig;
import io.tokenbroker.server.fleet.FleetClock;
import io.tokenbroker.server.fleet.FleetStore;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.sql.DataDirectory;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.DatabaseSettings;
import io.tokenbroker.server.sql.ExistingTableStore;
import io.tokenbroker.server.sql.SqlCallerKeyStore;
import io.tokenbroker.server.sql.SqlFleetStore;
import io.tokenbroker.server.sql.SqlLeaseStore;
import io.tokenbroker.server.sql.SqlTokenStore;
import io.tokenbroker.server.store.CallerKeyStore;
import io.tokenbroker.server.store.StoreStartException;
import io.tokenbroker.server.store.TokenStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The databases that are open, and the stores that are made of them.
 *
 * @param referee of the fleet, by a connection that nobody else uses: who asks it neither waits for
 *     others nor, by giving up soon, has others take the database for gone
 * @param clock the time of day: a fleet's, which the referee tells, or this machine's
 * @param warn says what is to be said of them once the broker serves
 */
record Stores(
    TokenStore tokens,
    LeaseStore leases,
    CallerKeyStore callerKeys,
    SqlFleetStore fleet,
    FleetStore referee,
    InstantSource clock,
    Encryption encryption,
    List<Database> databases,
    List<Held> held,
    Runnable warn)
    implements AutoCloseable {
  /**
   * @param wall the time of day of this machine
   * @param stop see {@link Database#open(DatabaseSettings, CompletableFuture)}
   */
  static Stores open(Config config, InstantSource wall, CompletableFuture<@Nullable Void> stop)
      throws StartException {
    List<Held> opened = new ArrayList<>();
    List<Database> databases = new ArrayList<>();
    FleetClock shared = new FleetClock(wall, System::nanoTime);
    Runnable warn = () -> {};
    try {
      if (config.database().url().isEmpty()) {
        DataDirectory directory = DataDirectory.open(config.data());
        opened.add(directory::close);
        warn = directory::warnOfOthers;
      }
      Database own = Database.open(own(config), stop);
      opened.add(own::close);
      databases.add(own);
      Encryption encryption = Encryption.open(config, own, System::nanoTime, stop);
      TokenStore store = new SqlTokenStore(own, encryption.cipher());
      if (config.credentials().isPresent()) {
        CredentialsConfig credentials = config.credentials().get();
        Database existing = Database.openReadOnly(existing(credentials), stop);
        opened.add(existing::close);
        databases.add(existing);
        store = new ExistingTableStore(existing, credentials.query(), own);
      }
      Database seesToFleet = own;
      if (config.fleet().isPresent()) {
        seesToFleet = own.beside(1);
        opened.add(seesToFleet::close);
      }
      return new Stores(
          store,
          new SqlLeaseStore(own, brokerId()),
          new SqlCallerKeyStore(own),
          new SqlFleetStore(own, Optional.empty(), shared),
          new SqlFleetStore(seesToFleet, config.fleet().map(f -> f.settings().ttl()), shared),
          config.fleet().isPresent() ? shared : wall,
          encryption,
          databases,
          opened,
          warn);
    } catch (StoreStartException e) {
      close(opened);
      throw StartException.database(String.valueOf(e.getMessage()), e);
    } catch (CancellationException | StartException e) {
      close(opened);
      throw e;
    }
  }

  /** Tells this process from all others on the same database. */
  private static String brokerId() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  static DatabaseSettings own(Config config) {
    DatabaseConfig database = config.database();
    if (database.url().isEmpty()) {
      return DatabaseSettings.embedded(config.data(), database.poolSize());
    }
    return new DatabaseSettings(
        "database",
        database.url().get().value(),
        database.user().orElse(""),
        database.password().reveal(),
        database.poolSize());
  }

  static DatabaseSettings existing(CredentialsConfig credentials) {
    return new DatabaseSettings(
        "credentials",
        credentials.url().value(),
        credentials.user().orElse(""),
        credentials.password().reveal(),
        credentials.poolSize());
  }

  /** The one that was opened last closes first. */
  @Override
  public void close() {
    close(held);
  }

  private static void close(List<Held> held) {
    List<Held> reversed = new ArrayList<>(held);
    Collections.reverse(reversed);
    reversed.forEach(Held::close);
  }

  /** What is to be let go of. */
  interface Held {
    void close();
  }
}
