package io.tokenbroker.server.testing;

import io.tokenbroker.server.lease.LeaseAnswer;
import io.tokenbroker.server.lease.LeaseCounts;
import io.tokenbroker.server.lease.LeaseOp;
import io.tokenbroker.server.lease.LeaseRow;
import io.tokenbroker.server.lease.LeaseRules;
import io.tokenbroker.server.lease.LeaseStore;
import io.tokenbroker.server.lease.StreamId;
import io.tokenbroker.server.lease.StreamOwner;
import io.tokenbroker.server.lease.TokenLeases;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.LeasePolicy;
import io.tokenbroker.server.model.LiveLeases;
import io.tokenbroker.server.model.LiveLeases.Held;
import io.tokenbroker.server.model.TokenKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Leases in memory, by the real rules and the clock of the test. It can be switched off, or lose
 * the answers of what it has done. Thread-safe.
 */
public final class FakeLeaseStore implements LeaseStore {
  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::account).thenComparing(Place::token).thenComparing(Place::place);

  private final InstantSource clock;
  private final Map<TokenKey, Long> numbers = new HashMap<>();
  private final Map<TokenKey, TreeMap<Integer, LeaseRow>> rows = new TreeMap<>();
  private final Map<AccountId, LeasePolicy> policies = new HashMap<>();
  private final Map<StreamOwner, @Nullable StreamId> newest = new HashMap<>();
  private final List<List<LeaseOp>> groups = new ArrayList<>();
  private List<LeaseRow> changedByOthers = List.of();
  private Consumer<List<LeaseAnswer>> beforeAnswer = answers -> {};
  private boolean down;
  private boolean deaf;

  public FakeLeaseStore(InstantSource clock) {
    this.clock = clock;
  }

  public synchronized void setDown(boolean down) {
    this.down = down;
  }

  /** From now on what is committed stands, but nobody hears of it. */
  public synchronized void setDeaf(boolean deaf) {
    this.deaf = deaf;
  }

  /** What happens once, between the next commit and its answers. */
  public synchronized void beforeAnswer(Consumer<List<LeaseAnswer>> action) {
    this.beforeAnswer = action;
  }

  public synchronized List<List<LeaseOp>> groups() {
    return List.copyOf(groups);
  }

  /** As another broker does. */
  public synchronized LeaseAnswer byOther(LeaseOp op) {
    LeaseAnswer answer = judge(List.of(op)).get(0);
    changedByOthers = rows.getOrDefault(op.key(), new TreeMap<>()).values().stream().toList();
    return answer;
  }

  /** As another broker does whose commit was held back for long: it bears an old time. */
  public synchronized LeaseAnswer byOtherHeldBack(LeaseOp op) {
    return judge(List.of(op)).get(0);
  }

  @Override
  public synchronized List<LeaseAnswer> commit(List<LeaseOp> group) {
    check();
    groups.add(List.copyOf(group));
    List<LeaseAnswer> answers = judge(group);
    Consumer<List<LeaseAnswer>> action = beforeAnswer;
    beforeAnswer = any -> {};
    action.accept(answers);
    if (deaf) {
      throw unavailable().ofCommit();
    }
    return answers;
  }

  private List<LeaseAnswer> judge(List<LeaseOp> group) {
    Instant now = clock.instant();
    Map<TokenKey, @Nullable TokenLeases> tokens = new HashMap<>();
    Map<AccountId, LeaseCounts> counts = new HashMap<>();
    for (LeaseOp op : group) {
      if (op instanceof LeaseOp.Grant grant) {
        numbers.putIfAbsent(op.key(), 0L);
        if (policies.getOrDefault(grant.account(), LeasePolicy.DEFAULT).hasCaps()) {
          counts.put(grant.account(), new LeaseCounts());
        }
      }
      Long number = numbers.get(op.key());
      if (number != null && !tokens.containsKey(op.key())) {
        TokenLeases token = new TokenLeases(number);
        rows.getOrDefault(op.key(), new TreeMap<>()).values().forEach(token::add);
        tokens.put(op.key(), token);
      }
    }
    for (LeaseRow row : all()) {
      LeaseCounts count = counts.get(row.lease().account());
      if (count != null && row.isLive(now)) {
        count.add(row.lease().holder(), 1);
      }
    }
    LeaseRules referee = new LeaseRules(now, tokens, policies, counts, newest);
    List<LeaseAnswer> answers = group.stream().map(referee::judge).toList();
    tokens.forEach(
        (key, token) -> {
          if (token != null) {
            numbers.put(key, token.fencingNumber());
            TreeMap<Integer, LeaseRow> places = rows.computeIfAbsent(key, k -> new TreeMap<>());
            token.changed().forEach(row -> places.put(row.place(), row));
            token.ended().forEach(row -> places.put(row.place(), row));
          }
        });
    return answers;
  }

  /** As they come with the tokens of an account. */
  public synchronized LiveLeases live(AccountId account) {
    check();
    return new LiveLeases(
        clock.instant(),
        live().stream()
            .filter(row -> row.lease().account().equals(account))
            .map(row -> new Held(row.place(), row.lease(), row.stream().value()))
            .toList());
  }

  @Override
  public synchronized Seen changedByOthers(Optional<Set<AccountId>> accounts, Instant since) {
    check();
    return new Seen(
        clock.instant(), changedByOthers.stream().filter(r -> isAsked(accounts, r)).toList());
  }

  private static boolean isAsked(Optional<Set<AccountId>> accounts, LeaseRow row) {
    return accounts.isEmpty() || accounts.get().contains(row.lease().account());
  }

  /** Nothing is known here of who changed what: all of it. */
  @Override
  public synchronized Seen ofOthers(
      Optional<Set<AccountId>> accounts, Optional<Place> after, int limit) {
    check();
    return new Seen(
        clock.instant(),
        all().stream()
            .filter(row -> isAsked(accounts, row))
            .sorted(Comparator.comparing(Place::of, ORDER))
            .filter(row -> after.isEmpty() || ORDER.compare(Place.of(row), after.get()) > 0)
            .limit(limit)
            .toList());
  }

  @Override
  public synchronized List<LeaseRow> open(StreamOwner owner, StreamId stream) {
    check();
    newest.put(owner, stream);
    return live().stream()
        .filter(row -> asStored(owner).equals(owner(row.lease())) && !row.stream().isNone())
        .sorted(Comparator.comparing((LeaseRow row) -> row.lease().expireTime()).reversed())
        .toList();
  }

  /** Rows do not know callers. */
  private static StreamOwner asStored(StreamOwner owner) {
    return new StreamOwner(owner.account(), owner.scope(), owner.holder().asStored());
  }

  private static StreamOwner owner(Lease lease) {
    return new StreamOwner(lease.account(), lease.scope(), lease.holder());
  }

  @Override
  public synchronized Map<StreamOwner, StreamId> newestStreams(Set<StreamOwner> owners) {
    check();
    Map<StreamOwner, StreamId> found = new HashMap<>();
    for (StreamOwner owner : owners) {
      StreamId stream = newest.get(owner);
      if (stream != null) {
        found.put(owner, stream);
      }
    }
    return found;
  }

  @Override
  public synchronized void forgetStreams() {
    check();
  }

  @Override
  public synchronized Optional<Lease> find(LeaseId id) {
    check();
    return live().stream().map(LeaseRow::lease).filter(l -> l.id().equals(id)).findFirst();
  }

  @Override
  public synchronized List<Placed> list(
      Optional<AccountId> account, Optional<Place> after, int limit) {
    check();
    return live().stream()
        .filter(row -> account.isEmpty() || row.lease().account().equals(account.get()))
        .map(row -> new Placed(Place.of(row), row.lease()))
        .sorted(Comparator.comparing(Placed::place, ORDER))
        .filter(placed -> after.isEmpty() || ORDER.compare(placed.place(), after.get()) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized LeasePolicy policy(AccountId account) {
    check();
    return policies.getOrDefault(account, LeasePolicy.DEFAULT);
  }

  @Override
  public synchronized Map<AccountId, LeasePolicy> policies(Set<AccountId> accounts) {
    check();
    Map<AccountId, LeasePolicy> found = new HashMap<>(policies);
    found.keySet().retainAll(accounts);
    return found;
  }

  @Override
  public synchronized void savePolicy(AccountId account, LeasePolicy policy) {
    check();
    policies.put(account, policy);
  }

  /** The leases that hold now. */
  public synchronized List<LeaseRow> live() {
    return all().stream().filter(row -> row.isLive(clock.instant())).toList();
  }

  private List<LeaseRow> all() {
    return rows.values().stream().flatMap(places -> places.values().stream()).toList();
  }

  private void check() {
    if (down) {
      throw unavailable();
    }
  }

  private static BrokerException unavailable() {
    return BrokerException.storeUnavailable("The store is down.", Duration.ofMillis(250), null);
  }
}
