package io.tokenbroker.server.testing;

import io.tokenbroker.server.fleet.Epochs;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.model.AddedToken;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.NewToken;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenChange;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.UsageTotal;
import io.tokenbroker.server.store.Changes;
import io.tokenbroker.server.store.TokenStates;
import io.tokenbroker.server.store.TokenStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A store in memory that counts the calls and can be switched off. Thread-safe. */
public final class FakeTokenStore implements TokenStore {
  private final Map<AccountId, TreeMap<TokenId, Token>> accounts = new HashMap<>();
  private final Map<AccountId, Position> positions = new HashMap<>();
  private final Map<AccountId, TokenLimits> settings = new HashMap<>();
  private final Map<AccountId, Map<TokenId, Health>> health = new HashMap<>();
  private final Map<AccountId, Map<TokenId, List<Usage>>> usage = new HashMap<>();
  private final Map<AccountId, RuntimeException> broken = new HashMap<>();
  private final Map<AccountId, Instant> changed = new HashMap<>();
  private final Set<AccountId> others = new HashSet<>();
  private Instant time = Instant.EPOCH;
  private final AtomicReference<Runnable> beforeLoad = new AtomicReference<>(() -> {});
  private Runnable beforeFingerprints = () -> {};
  private Runnable afterFingerprints = () -> {};
  private @Nullable UnaryOperator<Optional<Changes>> answer;
  private long lastId;
  private int calls;
  private int lastCall = Integer.MAX_VALUE;
  private @Nullable RuntimeException failure;

  /** From now on every call fails as if the database were gone, or none does. */
  public void setDown(boolean down) {
    breakWith(
        down
            ? BrokerException.storeUnavailable("The store is down.", Duration.ofMillis(250), null)
            : null);
  }

  public synchronized void breakWith(@Nullable RuntimeException failure) {
    this.failure = failure;
    lastCall = Integer.MAX_VALUE;
  }

  /** So many calls more are answered, and then none. */
  public synchronized void breakAfter(int more) {
    lastCall = calls + more;
  }

  /** How often any of the methods of a store was called. */
  public synchronized int calls() {
    return calls;
  }

  public synchronized Map<AccountId, Position> positions() {
    return Map.copyOf(positions);
  }

  /** Adds tokens of weight 1, as somebody would behind the broker's back. */
  public synchronized void put(String account, String... secrets) {
    for (String secret : secrets) {
      put(new AccountId(account), new NewToken(secret(secret), TokenSettings.DEFAULT));
    }
  }

  public synchronized void put(String account, String secret, TokenSettings settings) {
    put(new AccountId(account), new NewToken(secret(secret), settings));
  }

  private static Secret secret(String value) {
    return new Secret(value);
  }

  /** Its clock, which only moves when it is set. */
  public synchronized void setTime(Instant time) {
    this.time = time;
  }

  /** Removes an account as a person does, so that no change tells of it. */
  public synchronized void removeByHand(String account) {
    accounts.remove(new AccountId(account));
  }

  /** From now on what it tells of changes goes through this. */
  public synchronized void tellChanges(UnaryOperator<Optional<Changes>> answer) {
    this.answer = answer;
  }

  private TokenInfo put(AccountId account, NewToken token) {
    changed.put(account, time);
    TokenId id = new TokenId(Long.toString(++lastId));
    accounts
        .computeIfAbsent(account, any -> new TreeMap<>())
        .put(id, new Token(id, token.secret(), token.settings()));
    return new TokenInfo(id, token.settings());
  }

  private void called() {
    calls++;
    if (calls > lastCall) {
      throw BrokerException.storeUnavailable("The store is down.", Duration.ofMillis(250), null);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private Map<TokenId, Token> tokens(AccountId account) {
    return accounts.getOrDefault(account, new TreeMap<>());
  }

  /** From now on this account can't be read, alone or with others. */
  public synchronized void breakAccount(String account) {
    breakAccount(account, new IllegalStateException("broken"));
  }

  /** The same, with a failure of one's choice. */
  public synchronized void breakAccount(String account, RuntimeException failure) {
    broken.put(new AccountId(account), failure);
  }

  @Override
  public synchronized Optional<Map<AccountId, AccountSnapshot>> loadAll(Set<AccountId> wanted) {
    called();
    return Optional.of(
        wanted.stream().collect(Collectors.toMap(account -> account, this::snapshot)));
  }

  /** Runs an action at the beginning of the next load of one account. */
  public void beforeLoad(Runnable action) {
    beforeLoad.set(action);
  }

  @Override
  public AccountSnapshot load(AccountId account) {
    beforeLoad.getAndSet(() -> {}).run();
    return loadNow(account);
  }

  private synchronized AccountSnapshot loadNow(AccountId account) {
    called();
    return snapshot(account);
  }

  private AccountSnapshot snapshot(AccountId account) {
    RuntimeException why = broken.get(account);
    if (why != null) {
      throw why;
    }
    return new AccountSnapshot(
        List.copyOf(tokens(account).values()),
        positions.getOrDefault(account, Position.START),
        fingerprint(account),
        settings.getOrDefault(account, TokenLimits.NONE),
        health.getOrDefault(account, Map.of()),
        usage.getOrDefault(account, Map.of()));
  }

  private Fingerprint fingerprint(AccountId account) {
    Fingerprint fingerprint = Fingerprint.NONE;
    for (Token token : tokens(account).values()) {
      fingerprint = fingerprint.plus(token.hashCode());
    }
    return fingerprint.plus(
        new Fingerprint(0, settings.getOrDefault(account, TokenLimits.NONE).hashCode()));
  }

  /** Gives a token another secret, as somebody would behind the broker's back. */
  public synchronized void renew(String account, String id, String secret) {
    AccountId name = new AccountId(account);
    Token token = require(name, new TokenId(id));
    tokens(name).put(token.id(), new Token(token.id(), secret(secret), token.settings()));
    changed.put(name, time);
  }

  /**
   * Leaves a token out, as where the query of an existing table finds its row no more.
   *
   * @return brings it back as it was
   */
  public synchronized Runnable hide(String account, String id) {
    AccountId name = new AccountId(account);
    Token token = require(name, new TokenId(id));
    tokens(name).remove(token.id());
    changed.put(name, time);
    return () -> show(name, token);
  }

  private synchronized void show(AccountId account, Token token) {
    tokens(account).put(token.id(), token);
    changed.put(account, time);
  }

  /** From now on the states of an account are another broker's to save. */
  public synchronized void give(String account) {
    others.add(new AccountId(account));
  }

  public synchronized Map<TokenId, Health> savedHealth(String account) {
    return Map.copyOf(health.getOrDefault(new AccountId(account), Map.of()));
  }

  @Override
  public synchronized Set<AccountId> saveStates(
      Map<AccountId, TokenStates> states, Instant now, Epochs owned) {
    called();
    Set<AccountId> refused = new HashSet<>(states.keySet());
    refused.retainAll(others);
    states.forEach(
        (account, state) -> {
          if (refused.contains(account)) {
            return;
          }
          Map<TokenId, Health> healths = health.computeIfAbsent(account, any -> new HashMap<>());
          healths.putAll(state.health());
          healths.values().removeIf(Health.GOOD::equals);
          Map<TokenId, List<Usage>> usages = usage.computeIfAbsent(account, any -> new HashMap<>());
          state
              .usage()
              .forEach(
                  (token, since) ->
                      usages.merge(
                          token,
                          since,
                          (before, more) ->
                              more.isEmpty() ? more : UsageTotal.of(before, more, now)));
          usages.values().removeIf(List::isEmpty);
        });
    return refused;
  }

  @Override
  public synchronized void forgetStates(Instant now) {
    called();
  }

  @Override
  public synchronized Map<AccountId, TokenLimits> findTokenLimits(Set<AccountId> wanted) {
    called();
    Map<AccountId, TokenLimits> found = new HashMap<>(settings);
    found.keySet().retainAll(wanted);
    return found;
  }

  @Override
  public synchronized TokenLimits updateTokenLimits(
      AccountId account, UnaryOperator<TokenLimits> change) {
    called();
    TokenLimits changed = change.apply(settings.getOrDefault(account, TokenLimits.NONE));
    settings.put(account, changed);
    this.changed.put(account, time);
    return changed;
  }

  /** Once, before fingerprints are told that were asked for. */
  public synchronized void beforeFingerprints(Runnable action) {
    beforeFingerprints = action;
  }

  /** Once, after fingerprints were read and before they are told. */
  public synchronized void afterFingerprints(Runnable action) {
    afterFingerprints = action;
  }

  @Override
  public Map<AccountId, Fingerprint> fingerprints(Set<AccountId> wanted) {
    Runnable action;
    synchronized (this) {
      action = beforeFingerprints;
      beforeFingerprints = () -> {};
    }
    action.run();
    Map<AccountId, Fingerprint> told = presentFingerprints(wanted);
    synchronized (this) {
      action = afterFingerprints;
      afterFingerprints = () -> {};
    }
    action.run();
    return told;
  }

  private synchronized Map<AccountId, Fingerprint> presentFingerprints(Set<AccountId> wanted) {
    called();
    Map<AccountId, Fingerprint> result = new HashMap<>();
    wanted.forEach(
        account -> {
          if (accounts.containsKey(account)) {
            result.put(account, fingerprint(account));
          }
        });
    return result;
  }

  @Override
  public synchronized Optional<Changes> changes(Optional<Changes.Place> behind, int limit) {
    called();
    Comparator<Map.Entry<AccountId, Instant>> order =
        Map.Entry.<AccountId, Instant>comparingByValue()
            .thenComparing(change -> change.getKey().value());
    Changes.Place place = behind.orElse(Changes.Place.at(time));
    List<Map.Entry<AccountId, Instant>> page =
        changed.entrySet().stream()
            .filter(
                change ->
                    change.getValue().isAfter(place.time())
                        || (change.getValue().equals(place.time())
                            && change.getKey().value().compareTo(place.account()) > 0))
            .sorted(order)
            .limit(limit)
            .toList();
    Optional<Changes.Place> next =
        page.size() < limit
            ? Optional.empty()
            : Optional.of(page.get(limit - 1))
                .map(last -> new Changes.Place(last.getValue(), last.getKey().value()));
    Set<AccountId> names = page.stream().map(Map.Entry::getKey).collect(Collectors.toSet());
    Optional<Changes> changes = Optional.of(new Changes(names, next, time));
    return answer == null ? changes : answer.apply(changes);
  }

  @Override
  public synchronized void savePositions(Map<AccountId, Position> saved, Epochs owned) {
    called();
    positions.putAll(saved);
  }

  @Override
  public synchronized List<AccountSummary> listAccounts(
      Optional<AccountId> after, int limit, Instant now) {
    called();
    return accounts.keySet().stream()
        .filter(a -> after.isEmpty() || a.value().compareTo(after.get().value()) > 0)
        .sorted(Comparator.comparing(AccountId::value))
        .limit(limit)
        .map(account -> summary(account, now))
        .toList();
  }

  private AccountSummary summary(AccountId account, Instant now) {
    int ready = 0;
    for (Token token : tokens(account).values()) {
      if (BenchReason.of(token.settings(), now) == null) {
        ready++;
      }
    }
    return new AccountSummary(account, tokens(account).size(), ready);
  }

  @Override
  public synchronized Optional<AccountSummary> findAccount(AccountId account, Instant now) {
    called();
    return tokens(account).isEmpty() ? Optional.empty() : Optional.of(summary(account, now));
  }

  @Override
  public synchronized List<TokenInfo> listTokens(
      AccountId account, Optional<TokenId> after, int limit) {
    called();
    return tokens(account).values().stream()
        .filter(t -> after.isEmpty() || t.id().compareTo(after.get()) > 0)
        .limit(limit)
        .map(t -> new TokenInfo(t.id(), t.settings()))
        .toList();
  }

  @Override
  public synchronized Changed<List<AddedToken>> addTokens(AccountId account, List<NewToken> added) {
    called();
    Fingerprint before = fingerprint(account);
    List<AddedToken> results = new ArrayList<>();
    Set<TokenId> present = new HashSet<>();
    List<Token> made = new ArrayList<>();
    for (NewToken token : added) {
      Optional<Token> same =
          tokens(account).values().stream()
              .filter(t -> t.secret().equals(token.secret()))
              .findAny();
      if (same.isPresent()) {
        present.add(same.get().id());
        results.add(new AddedToken(info(same.get()), true));
      } else {
        TokenInfo info = put(account, token);
        made.add(require(account, info.id()));
        results.add(new AddedToken(info, false));
      }
    }
    return new Changed<>(results, new TokenChange.Added(made, present, since(account, before)));
  }

  private static TokenInfo info(Token token) {
    return new TokenInfo(token.id(), token.settings());
  }

  /** What has come to its rows. */
  private Fingerprint since(AccountId account, Fingerprint before) {
    Fingerprint now = fingerprint(account);
    return new Fingerprint(now.rows() - before.rows(), now.sum() - before.sum());
  }

  @Override
  public synchronized Changed<TokenInfo> updateToken(
      AccountId account, TokenId id, UnaryOperator<TokenSettings> change) {
    called();
    changed.put(account, time);
    Fingerprint rows = fingerprint(account);
    Token before = require(account, id);
    Token after = new Token(id, before.secret(), change.apply(before.settings()));
    tokens(account).put(id, after);
    return new Changed<>(
        info(after), new TokenChange.Updated(info(before), info(after), since(account, rows)));
  }

  private Token require(AccountId account, TokenId id) {
    if (!tokens(account).containsKey(id)) {
      throw BrokerException.tokenDoesNotExist(account, id);
    }
    return Objects.requireNonNull(tokens(account).get(id));
  }

  @Override
  public synchronized Changed<Integer> removeTokens(AccountId account, Set<TokenId> ids) {
    called();
    changed.put(account, time);
    Fingerprint before = fingerprint(account);
    ids.forEach(id -> require(account, id));
    ids.forEach(tokens(account)::remove);
    if (tokens(account).isEmpty()) {
      accounts.remove(account);
    }
    return new Changed<>(ids.size(), new TokenChange.Removed(ids, since(account, before)));
  }

  @Override
  public synchronized int deleteAccount(AccountId account) {
    called();
    changed.put(account, time);
    positions.remove(account);
    health.remove(account);
    usage.remove(account);
    int size = tokens(account).size();
    accounts.remove(account);
    return size;
  }
}
