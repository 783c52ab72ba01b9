package io.tokenbroker.server.account;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.FailureLog;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.store.TokenStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes behind what of the tokens' states has to outlive the process: quarantine, long cooldowns,
 * and what was used of long limits. Callers never wait for it, and after a failure the next try has
 * all. Thread-safe.
 */
public final class StateSaver {
  private static final Logger log = LoggerFactory.getLogger(StateSaver.class);

  /** Tokens in one transaction. */
  private static final int PORTION = 1_000;

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final InstantSource clock;
  private final Duration persistOver;
  private final Supplier<Epochs> owned;
  private final BiConsumer<Set<AccountId>, Epochs> lost;

  private final StoredHealth stored;

  private final FailureLog trouble =
      new FailureLog(log, "token states not saved yet", "token states saved again");
  private volatile boolean last;
  private final CoalescedTask saves = new CoalescedTask(this::saveNow);

  /**
   * @param stored is kept up to date, and must be told of every load
   * @param persistOver a cooldown that lasts no longer from now on is not saved
   * @param owned which partitions this broker owns, in which epochs
   * @param lost is told of accounts that could not be saved, as others own them since those epochs
   */
  public StateSaver(
      TokenStore store,
      StoreExecutor executor,
      RotationTable table,
      InstantSource clock,
      StoredHealth stored,
      Duration persistOver,
      Supplier<Epochs> owned,
      BiConsumer<Set<AccountId>, Epochs> lost) {
    this.lost = lost;
    this.store = store;
    this.executor = executor;
    this.table = table;
    this.clock = clock;
    this.stored = stored;
    this.persistOver = persistOver;
    this.owned = owned;
  }

  /** Saves what has changed since the last time; tells, never with a failure, if all is saved. */
  public CompletableFuture<Boolean> save() {
    return saves.next();
  }

  /** As {@link #save}, when nothing is handed out any more; with what a crash would lose. */
  public CompletableFuture<Boolean> saveLast() {
    last = true;
    return saves.next();
  }

  private CompletableFuture<Boolean> saveNow() {
    // before anything is read: what is read later may be of later epochs, and then waits
    Epochs epochs = owned.get();
    Batches portions = new Batches(PORTION);
    Map<AccountId, Map<TokenId, Health>> passing = new HashMap<>();
    Instant now = clock.instant();
    table
        .unsavedHealth()
        .forEach(
            (account, healths) ->
                healths.forEach(
                    (token, health) -> {
                      if (outlives(health, now) || stored.contains(account, token)) {
                        portions.add(account, token, health);
                      } else {
                        passing.computeIfAbsent(account, any -> new HashMap<>()).put(token, health);
                      }
                    }));
    table.healthPasses(passing);
    (last ? table.lastUsage() : table.unsavedUsage())
        .forEach(
            (account, usages) ->
                usages.forEach((token, usage) -> portions.add(account, token, usage)));
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
    for (Batches.Portion portion : portions.all()) {
      all =
          all.thenCompose(
              ok -> ok ? save(portion, now, epochs) : CompletableFuture.completedFuture(false));
    }
    return all.whenComplete(
        (ok, failure) -> {
          if (failure == null && ok) {
            trouble.succeeded();
          }
        });
  }

  private CompletableFuture<Boolean> save(Batches.Portion portion, Instant now, Epochs epochs) {
    Map<AccountId, TokenStates> states = new HashMap<>();
    portion
        .accounts()
        .forEach(
            account -> {
              Map<TokenId, Health> healths = new HashMap<>();
              Set<TokenId> lasting = new HashSet<>();
              portion
                  .health()
                  .getOrDefault(account, Map.of())
                  .forEach(
                      (token, health) -> {
                        boolean outlives = outlives(health, now);
                        if (outlives) {
                          lasting.add(token);
                        }
                        healths.put(token, outlives ? health : Health.GOOD);
                      });
              stored.add(account, lasting);
              states.put(
                  account,
                  new TokenStates(healths, portion.usage().getOrDefault(account, Map.of())));
            });
    return executor
        .submit(() -> store.saveStates(states, now, epochs))
        .handle((others, failure) -> finish(portion, states, epochs, others, failure));
  }

  private boolean finish(
      Batches.Portion portion,
      Map<AccountId, TokenStates> states,
      Epochs epochs,
      @Nullable Set<AccountId> others,
      @Nullable Throwable failure) {
    if (failure != null || others == null) {
      trouble.failed(failure == null ? new IllegalStateException("no answer") : failure);
      return false;
    }
    lost.accept(others, epochs);
    // what is another's was not saved, nor what has come back in a later epoch
    Predicate<AccountId> again = owned.get().changedSince(epochs);
    Predicate<AccountId> refused = again.or(others::contains);
    Map<AccountId, Map<TokenId, Health>> saved = new HashMap<>();
    Map<AccountId, Map<TokenId, Health>> passing = new HashMap<>();
    portion
        .health()
        .forEach(
            (account, healths) ->
                healths.forEach(
                    (token, health) -> {
                      // the store has been told GOOD of those that are over soon
                      boolean known = Objects.equals(health, written(states, account, token));
                      (known ? saved : passing)
                          .computeIfAbsent(account, any -> new HashMap<>())
                          .put(token, health);
                    }));
    saved.keySet().removeIf(refused);
    passing.keySet().removeIf(refused);
    table.healthSaved(saved);
    table.healthPasses(passing);
    Map<AccountId, Map<TokenId, List<Usage>>> used = new HashMap<>(portion.usage());
    used.keySet().removeIf(refused);
    table.usageSaved(used);
    states.forEach(
        (account, state) -> {
          Set<TokenId> well = new HashSet<>(state.health().keySet());
          well.removeIf(token -> !Health.GOOD.equals(state.health().get(token)));
          stored.remove(account, well);
          // it may be gone since
          stored.left(account, table::contains);
        });
    log.atDebug().addKeyValue("accounts", states.size()).log("token states saved");
    return others.isEmpty() && states.keySet().stream().noneMatch(again);
  }

  private static @Nullable Health written(
      Map<AccountId, TokenStates> states, AccountId account, TokenId token) {
    TokenStates state = states.get(account);
    return state == null ? null : state.health().get(token);
  }

  /** Removes saved states that say nothing any more; completes, never with a failure. */
  public CompletableFuture<Void> forget() {
    return executor
        .run(() -> store.forgetStates(clock.instant()))
        .handle(
            (done, failure) -> {
              if (failure != null) {
                log.atWarn()
                    .addKeyValue("cause", Failures.text(failure))
                    .log("old token states not removed yet");
              }
              return null;
            });
  }

  private boolean outlives(Health health, Instant now) {
    Instant soon = now.plus(persistOver);
    return health.quarantine() != null
        || health.cooldowns().values().stream()
            .anyMatch(cooldown -> cooldown.until().isAfter(soon));
  }
}
