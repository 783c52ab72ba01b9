package io.tokenbroker.server.account;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.FailureReason;
import io.tokenbroker.server.model.Failures;
import io.tokenbroker.server.rotation.RotationTable;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.Changes.Place;
import io.tokenbroker.server.store.FewAtOnce;
import io.tokenbroker.server.store.StoreExecutor;
import io.tokenbroker.server.store.TokenStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One check of a {@link Refresher}: compares accounts with the store, a portion after the other,
 * and reloads those that differ. Its parts run one after the other, and so does who asks for them.
 */
final class RefreshCheck {
  /** How many changes are read at a time. */
  private static final int PAGE = 5_000;

  /** How many are reloaded at a time: callers that wait for a first load come in between. */
  private static final int RELOADS = 64;

  private static final int MAX_NAMED = 10;

  private final TokenStore store;
  private final StoreExecutor executor;
  private final RotationTable table;
  private final List<AccountId> named = new ArrayList<>();
  private int changed;
  private @Nullable Throwable failure;

  RefreshCheck(TokenStore store, StoreExecutor executor, RotationTable table) {
    this.store = store;
    this.executor = executor;
    this.table = table;
  }

  /** How many accounts differed. */
  int changed() {
    return changed;
  }

  /** Some of them. */
  List<AccountId> named() {
    return named;
  }

  /** Why an account that differed could not be reloaded; an outage if there was any. */
  @Nullable Throwable failure() {
    return failure;
  }

  /**
   * Compares what has changed from behind a place on; the answer is the first page, or empty if the
   * store can't tell them all.
   *
   * @param behind empty: only the store's time is wanted
   */
  CompletableFuture<Optional<Changes>> compareChanged(Optional<Place> behind) {
    return executor
        .submit(() -> store.changes(behind, PAGE))
        .thenCompose(
            page -> {
              if (page.isEmpty()) {
                return CompletableFuture.completedFuture(page);
              }
              Optional<Place> next = page.get().next();
              if (next.isPresent() && next.equals(behind)) {
                // times that nobody can write as they are read, by hand: it would never end
                return CompletableFuture.completedFuture(Optional.empty());
              }
              CompletableFuture<?> compared = compare(portions(page.get().accounts()));
              return next.isEmpty()
                  ? compared.thenApply(done -> page)
                  : compared
                      .thenCompose(done -> compareChanged(next))
                      .thenApply(rest -> rest.isEmpty() ? rest : page);
            });
  }

  private static List<List<AccountId>> portions(Collection<AccountId> accounts) {
    List<AccountId> all = List.copyOf(accounts);
    List<List<AccountId>> portions = new ArrayList<>();
    for (int i = 0; i < all.size(); i += TokenStore.MAX_COMPARED) {
      portions.add(all.subList(i, Math.min(all.size(), i + TokenStore.MAX_COMPARED)));
    }
    return portions;
  }

  /** Compares portion after portion of the round, until it has been so many accounts, or all. */
  CompletableFuture<?> compareSome(Rounds rounds, int count) {
    List<AccountId> portion = rounds.next(Math.min(count, TokenStore.MAX_COMPARED));
    return portion.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : compare(portion).thenCompose(done -> compareSome(rounds, count - portion.size()));
  }

  private CompletableFuture<?> compare(Iterable<List<AccountId>> portions) {
    CompletableFuture<?> all = CompletableFuture.completedFuture(null);
    for (List<AccountId> portion : portions) {
      all = all.thenCompose(done -> compare(portion));
    }
    return all;
  }

  private CompletableFuture<?> compare(List<AccountId> portion) {
    return compare(portion, true);
  }

  private CompletableFuture<?> compare(List<AccountId> portion, boolean first) {
    Map<AccountId, Fingerprint> known = table.loaded().fingerprints(portion);
    return known.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : executor
            .submit(() -> store.fingerprints(known.keySet()))
            .thenCompose(
                present -> {
                  List<AccountId> differing = differing(known, present);
                  // what this broker has just committed may be about to be published
                  List<AccountId> doubtful =
                      first
                          ? differing.stream().filter(table.loaded()::hasChanged).toList()
                          : List.of();
                  List<AccountId> sure = new ArrayList<>(differing);
                  sure.removeAll(Set.copyOf(doubtful));
                  return reload(sure).thenCompose(done -> compare(doubtful, false));
                });
  }

  private List<AccountId> differing(
      Map<AccountId, Fingerprint> known, Map<AccountId, Fingerprint> present) {
    List<AccountId> differing = new ArrayList<>();
    known.forEach(
        (account, before) -> {
          Fingerprint stored = present.getOrDefault(account, Fingerprint.NONE);
          // a change of this broker's own may have been published meanwhile, and another one since
          if (!stored.equals(before) && !table.loaded().was(account, before, stored)) {
            differing.add(account);
          }
        });
    return differing;
  }

  private CompletableFuture<?> reload(List<AccountId> accounts) {
    changed += accounts.size();
    accounts.stream().limit(MAX_NAMED - named.size()).forEach(named::add);
    return FewAtOnce.withEach(
        accounts, RELOADS, account -> table.reloadIfLoaded(account).handle((done, e) -> note(e)));
  }

  private synchronized @Nullable Void note(@Nullable Throwable failed) {
    if (failed != null
        && !Failures.is(FailureReason.CREDENTIALS_DO_NOT_EXIST, failed)
        && (failure == null || Failures.isOutage(failed))) {
      failure = failed;
    }
    return null;
  }
}
