package io.tokenbroker.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.KeysetSource.Found;
import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.security.Keyset;
import io.tokenbroker.server.security.KeysetCipher;
import io.tokenbroker.server.security.KeysetException;
import io.tokenbroker.server.security.KeysetFile;
import io.tokenbroker.server.sql.Database;
import io.tokenbroker.server.sql.SealedRows;
import io.tokenbroker.server.sql.SealedRows.Portion;
import io.tokenbroker.server.store.SecretCipher;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of a broker, and its table, in which nothing is plain text once it serves. */
final class Encryption {
  private static final Logger log = LoggerFactory.getLogger(Encryption.class);

  /** Between two looks at the file for keys that are missing. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final KeysetSource source;
  private final SealedRows rows;
  private final Optional<KeysetCipher> cipher;
  private final LongSupplier ticker;

  @GuardedBy("this")
  private long looked;

  /** What the file had when it was read last. */
  @GuardedBy("this")
  private String seen;

  @GuardedBy("this")
  private String told = "";

  private Encryption(
      KeysetSource source, SealedRows rows, Optional<Found> found, LongSupplier ticker) {
    this.source = source;
    this.rows = rows;
    this.cipher = found.map(one -> new KeysetCipher(one.keyset(), this::reloadSoon));
    this.ticker = ticker;
    this.seen = found.map(Found::content).orElse("");
    this.looked = ticker.getAsLong() - PAUSE_NANOS;
  }

  /**
   * Encrypts what is plain text still; whoever is killed meanwhile goes on at the next start.
   *
   * @throws StartException if there is no key for what is encrypted already
   * @throws CancellationException if it was told to stop
   */
  static Encryption open(
      Config config, Database database, LongSupplier ticker, CompletableFuture<@Nullable Void> stop)
      throws StartException {
    KeysetSource source = KeysetSource.of(config);
    SealedRows rows = new SealedRows(database);
    SortedSet<Long> used = rows.keys();
    boolean plain = used.remove(SealedRows.PLAIN);
    try {
      Optional<Found> found = find(source, used);
      Encryption encryption = new Encryption(source, rows, found, ticker);
      Optional<KeysetCipher> cipher = encryption.cipher;
      if (cipher.isPresent()) {
        if (plain) {
          database.notePlainText();
          encryption.sealAll(cipher.get(), stop);
        }
        database.forgetPlainText();
      }
      return encryption;
    } catch (KeysetException e) {
      throw switch (e.kind()) {
        case AWAY -> StartException.database(e.getMessage() + ".", e);
        case CLOSED -> StartException.encryption(e.getMessage() + ".");
        case WRONG -> StartException.encryption(e.getMessage() + needed(used));
      };
    }
  }

  private static Optional<Found> find(KeysetSource source, SortedSet<Long> used)
      throws KeysetException {
    Optional<Found> found = source.read();
    if (found.isEmpty() && source.own() && used.isEmpty()) {
      KeysetFile file = source.file().orElseThrow();
      file.create(Keyset.generate());
      log.atInfo()
          .addKeyValue("file", file.path())
          .log("made the keys for secrets: keep a copy elsewhere, without it they are lost");
      return source.read();
    }
    if (found.isEmpty() && !used.isEmpty()) {
      throw new KeysetException(
          source.own()
              ? source.file().orElseThrow().path() + " does not exist"
              : "There is no keyset");
    }
    if (found.isPresent()) {
      used.removeAll(found.get().keyset().ids());
      if (!used.isEmpty()) {
        throw new KeysetException("The keyset is not the one of this database");
      }
    }
    return found;
  }

  private static String needed(SortedSet<Long> used) {
    return used.isEmpty()
        ? ". Make one with tokenbroker keys create, or correct " + KeysetSource.KEY + "."
        : (": secrets in the database are encrypted with key %s. Restore the keyset with it from a"
                + " backup, or name it in %s.")
            .formatted(
                String.join(", ", used.stream().map(String::valueOf).toList()), KeysetSource.KEY);
  }

  private void sealAll(SecretCipher with, CompletableFuture<@Nullable Void> stop) {
    log.info("encrypting secrets that are plain text");
    long count = 0;
    Portion portion = new Portion(Long.MIN_VALUE, 0, List.of(), false);
    while (!portion.isEnd()) {
      if (stop.isDone()) {
        throw new CancellationException();
      }
      portion = rows.seal(with, SealedRows.PLAIN, portion.last());
      count += portion.sealed();
    }
    log.atInfo().addKeyValue("count", count).log("encrypted all secrets");
  }

  Optional<SecretCipher> cipher() {
    return cipher.map(present -> present);
  }

  /** To be said once the broker serves. */
  void warn() {
    if (cipher.isEmpty()) {
      log.warn(
          "secrets are kept as plain text in the database: set encryption.keyset_file, which"
              + " tokenbroker keys create makes");
    }
  }

  /**
   * What encrypts a portion of what a person, or a broker without the keys, wrote since, and tells
   * whether there may be more. It blocks, and always asks the database. Empty without keys.
   */
  Optional<Supplier<Boolean>> sealing() {
    return cipher.map(keys -> () -> sealSome(keys));
  }

  /** Also what was encrypted with a key that was dropped before this broker had heard of it. */
  private boolean sealSome(KeysetCipher keys) {
    boolean more = !rows.sealPlain(keys, Long.MIN_VALUE).isEnd();
    for (long key : keys.left()) {
      Portion portion = rows.seal(keys, key, Long.MIN_VALUE);
      if (portion.sealed() > 0) {
        log.atInfo()
            .addKeyValue("key", key)
            .addKeyValue("count", portion.sealed())
            .log("encrypted secrets anew whose key was dropped");
      }
      more |= portion.sealed() > 0 && !portion.isEnd();
    }
    return more;
  }

  /** Another process may just have begun to encrypt with a new key. */
  private synchronized void reloadSoon() {
    if (ticker.getAsLong() - looked >= PAUSE_NANOS) {
      reload();
    }
  }

  /** Looks whether the file has changed. May block. */
  synchronized void reload() {
    looked = ticker.getAsLong();
    if (cipher.isEmpty() || source.file().isEmpty()) {
      return;
    }
    try {
      String content = source.file().get().content();
      // a vault is asked only for what is new
      if (!content.equals(seen)) {
        Keyset now = source.file().get().parse(content);
        seen = content;
        if (Collections.disjoint(now.ids(), cipher.get().keyset().ids())) {
          throw new KeysetException("it has none of the keys of before: it is of something else");
        }
        if (!now.equals(cipher.get().keyset())) {
          cipher.get().replace(now);
          log.atInfo().addKeyValue("key", now.current()).log("keyset loaded");
        }
      }
      told = "";
    } catch (KeysetException e) {
      String cause = String.valueOf(e.getMessage());
      if (!cause.equals(told)) {
        told = cause;
        log.atWarn()
            .addKeyValue("cause", cause)
            .log("the keyset file can't be used, the keys of before stay in force");
      }
    }
  }
}
