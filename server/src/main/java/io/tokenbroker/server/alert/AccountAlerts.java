package io.tokenbroker.server.alert;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.rotation.Headroom;
import io.tokenbroker.server.rotation.LoadedAccounts;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Sees that loaded accounts become low, out, or well again, and that their tokens are about to
 * expire. Looks at what has changed, at what is not well, and at all others in turn; some at a
 * time, however many are loaded. Of what it tells it remembers so much at the most: what it has
 * forgotten is told again.
 */
public final class AccountAlerts {
  /** Of each kind, at a time: some milliseconds. */
  private static final int MOST_LOOKS = 1_000;

  /** Accounts, and tokens of theirs that are about to expire: some 20 MB. */
  private static final int MOST_KNOWN = 100_000;

  private static final int MOST_EXPIRING = 100;

  private final LoadedAccounts accounts;
  private final AlertSettings settings;
  private final Headroom.Question question;
  private final AlertTexts texts;
  private final Consumer<Alert> to;
  private final LongSupplier ticker;
  private final InstantSource clock;
  private final int most;
  private final Set<AccountId> changed = ConcurrentHashMap.newKeySet();

  // only used by who looks
  private final Map<AccountId, KnownAccount> known = new LinkedHashMap<>(16, 0.75f, true);
  private final Set<AccountId> restless = new LinkedHashSet<>();
  private final Queue<AccountId> round = new ArrayDeque<>();
  private final Queue<AccountId> news = new ArrayDeque<>();
  private int part;
  private int knownSize;

  /**
   * @param to is given what there is to tell; returns at once
   * @param ticker monotonic, in nanoseconds
   */
  public AccountAlerts(
      LoadedAccounts accounts,
      AlertSettings settings,
      AlertTexts texts,
      Consumer<Alert> to,
      LongSupplier ticker,
      InstantSource clock) {
    this(accounts, settings, texts, to, ticker, clock, MOST_KNOWN);
  }

  /**
   * @param most how many accounts, and expiring tokens of theirs, are remembered
   */
  AccountAlerts(
      LoadedAccounts accounts,
      AlertSettings settings,
      AlertTexts texts,
      Consumer<Alert> to,
      LongSupplier ticker,
      InstantSource clock,
      int most) {
    this.most = most;
    this.accounts = accounts;
    this.settings = settings;
    this.question =
        new Headroom.Question(
            settings.soon(), settings.lowTokens(), settings.expiring(), MOST_EXPIRING);
    this.texts = texts;
    this.to = to;
    this.ticker = ticker;
    this.clock = clock;
  }

  /** To be told of each change of an account. Thread-safe, and quick. */
  public void changed(AccountId account) {
    changed.add(account);
  }

  /** To be called about once a second, by one thread at a time. */
  public void look() {
    if (news.isEmpty()) {
      // all that there are, so that each has its turn; what changes from now on is looked at again
      boolean unused = changed.removeIf(news::add);
    }
    for (int left = MOST_LOOKS; left > 0 && !news.isEmpty(); left--) {
      look(news.remove());
    }
    for (int left = Math.min(MOST_LOOKS, restless.size()); left > 0; left--) {
      AccountId first = restless.iterator().next();
      // behind the others, if it stays
      restless.remove(first);
      look(first);
    }
    if (round.isEmpty()) {
      round.addAll(accounts.part(part));
      part = (part + 1) % accounts.parts();
    }
    for (int left = MOST_LOOKS; left > 0 && !round.isEmpty(); left--) {
      look(round.remove());
    }
  }

  private void look(AccountId account) {
    Optional<Headroom> present = accounts.headroom(account, question);
    if (present.isEmpty()) {
      restless.remove(account);
      return;
    }
    Headroom headroom = present.get();
    KnownAccount before = known.get(account);
    KnownAccount now = before == null ? new KnownAccount() : before;
    knownSize -= before == null ? 0 : before.size();
    Instant time = clock.instant();
    now.see(headroom, settings.lowTokens(), ticker.getAsLong(), settings.settle().toNanos())
        .ifPresent(type -> to.accept(texts.account(type, account, headroom, time)));
    if (!settings.expiring().isZero()) {
      now.fresh(headroom.expiring())
          .forEach(token -> to.accept(texts.expiring(account, token, time)));
    }
    if (now.isRestless()) {
      restless.add(account);
    } else {
      restless.remove(account);
    }
    remember(account, now);
  }

  private void remember(AccountId account, KnownAccount now) {
    if (now.isForgettable()) {
      known.remove(account);
      return;
    }
    known.put(account, now);
    knownSize += now.size();
    while (knownSize > most) {
      Map.Entry<AccountId, KnownAccount> oldest = known.entrySet().iterator().next();
      knownSize -= oldest.getValue().size();
      known.remove(oldest.getKey());
      restless.remove(oldest.getKey());
    }
  }
}
