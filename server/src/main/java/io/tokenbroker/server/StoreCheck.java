package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.CredentialsConfig;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.sql.DataDirectory;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.DatabaseInspection;
import io.tokenbroker.server.sql.ExistingTableStore;
import io.tokenbroker.server.sql.SealedRows;
import io.tokenbroker.server.store.StoreStartException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** The databases, the keys of secrets, and whether they belong together. */
final class StoreCheck {
  /** Leases go by the database's clock, expiry of tokens by the broker's. */
  private static final Duration SKEW = Duration.ofSeconds(2);

  private final Config config;
  private final InstantSource clock;
  private final Findings findings;
  private boolean inUse;

  StoreCheck(Config config, InstantSource clock, Findings findings) {
    this.config = config;
    this.clock = clock;
    this.findings = findings;
  }

  /** Whether a broker uses the data directory. */
  boolean isInUse() {
    return inUse;
  }

  void look() {
    Optional<KeysetSource.Found> keys = keys();
    if (config.database().embedded() && !directory()) {
      return;
    }
    database().ifPresent(there -> inside(there, keys));
  }

  private boolean directory() {
    try {
      DataDirectory.Found found = DataDirectory.inspect(config.data());
      inUse = found.inUse();
      if (!found.mode().isEmpty()) {
        findings.warn(
            "data",
            "others may enter or read %s (%s)".formatted(config.data(), found.mode()),
            "chmod 700 it: it holds secrets.");
      } else {
        findings.ok(
            "data",
            config.data()
                + (found.inUse()
                    ? " is in use by a broker"
                    : found.there() ? " can be used" : " will be made at the first start"));
      }
      return found.there();
    } catch (StoreStartException e) {
      findings.fail("data", String.valueOf(e.getMessage()));
      return false;
    }
  }

  /** Empty if there is nothing to look into. */
  private Optional<Database> database() {
    try {
      DatabaseInspection found = DatabaseInspection.of(Stores.own(config), clock);
      if (!found.upToDate() && !found.mayMakeTables()) {
        findings.warn(
            "database",
            found.product() + " lacks tables of this version, and this user may not make them",
            "Grant it CREATE, ALTER, DROP, INDEX and REFERENCES for the next start.");
      } else {
        findings.ok(
            "database",
            found.product()
                + (found.upToDate() ? " has the tables" : ": the next start makes the tables"));
      }
      if (!config.database().embedded()) {
        skew(found.ahead());
      }
      return found.upToDate() ? Optional.of(Database.open(Stores.own(config))) : Optional.empty();
    } catch (StoreStartException e) {
      findings.fail("database", String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void skew(Duration ahead) {
    String text =
        "the database's is %d ms %s the one here"
            .formatted(ahead.abs().toMillis(), ahead.isNegative() ? "behind" : "ahead of");
    if (ahead.abs().compareTo(SKEW) > 0) {
      findings.warn("clock", text, "Let NTP set both: tokens expire by the one here.");
    } else {
      findings.ok("clock", text);
    }
  }

  private void inside(Database database, Optional<KeysetSource.Found> keys) {
    try (database) {
      sealed(new SealedRows(database).keys(), keys);
      if (config.credentials().isPresent()) {
        credentials(config.credentials().get(), database);
      }
    }
  }

  private void credentials(CredentialsConfig credentials, Database own) {
    try (Database existing =
        Database.openReadOnly(Stores.existing(credentials), new CompletableFuture<>())) {
      var unused = new ExistingTableStore(existing, credentials.query(), own);
      findings.ok("credentials", "credentials.query can be used");
    } catch (StoreStartException e) {
      findings.fail("credentials", String.valueOf(e.getMessage()));
    }
  }

  private Optional<KeysetSource.Found> keys() {
    try {
      return KeysetSource.of(config).read();
    } catch (KeysetException e) {
      findings.fail("keys", e.getMessage() + ": " + KeysetSource.KEY);
      return Optional.empty();
    }
  }

  private void sealed(SortedSet<Long> used, Optional<KeysetSource.Found> keys) {
    if (findings.has(Finding.Level.FAIL, "keys")) {
      return;
    }
    SortedSet<Long> missing = new TreeSet<>(used);
    boolean plain = missing.remove(SealedRows.PLAIN);
    keys.ifPresent(found -> missing.removeAll(found.keyset().ids()));
    if (!missing.isEmpty()) {
      findings.fail(
          "keys",
          "secrets are encrypted with key %s, which is not there".formatted(missing),
          "Restore the keyset with it from a backup, or name it in " + KeysetSource.KEY + ".");
    } else if (keys.isEmpty() && !KeysetSource.of(config).own()) {
      findings.warn(
          "keys",
          "secrets are kept as plain text in the database",
          "Set encryption.keyset_file, which tokenbroker keys create makes.");
    } else {
      findings.ok(
          "keys",
          plain ? "the next start encrypts what is plain text" : "those of all secrets are there");
    }
  }
}
