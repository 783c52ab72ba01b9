package io.tokenbroker.server.lease;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.clock.Deadlines;
import io.tokenbroker.server.lease.LeaseAnswer.Taken;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Lease;
import io.tokenbroker.server.model.LeaseId;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.rotation.RemoteHolds;
import io.tokenbroker.server.rotation.RotationTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this broker believes about leases, so that leased tokens stay out of the rotation and come
 * back. It believes that a lease is over when the database has said so, or when so much time has
 * passed here since it last said how much was left. The database decides, not the tracker.
 * Thread-safe.
 */
final class LeaseTracker {
  private final RotationTable table;
  private final Deadlines deadlines;
  private final LongSupplier ticker;

  @GuardedBy("accounts")
  private final Map<AccountId, Map<TokenId, Map<Integer, Entry>>> accounts = new HashMap<>();

  @GuardedBy("accounts")
  private Set<Name> toTell = new HashSet<>();

  @GuardedBy("accounts")
  private long version;

  /** Leases that have ended, the oldest first: older news of them must not bring them back. */
  @GuardedBy("accounts")
  private final Set<LeaseId> past = new LinkedHashSet<>();

  private record Name(AccountId account, TokenId token) {}

  /** A lease in its place. */
  private static final class Entry {
    final @Nullable Lease lease;

    /** How many leases it stands for. */
    final int count;

    /** Run without a lock when it is over. */
    private final Runnable onEnd;

    /** By the ticker. */
    long end;

    /** Its one deadline, at the end; null before it has one. */
    Deadlines.@Nullable Pending deadline;

    Instant endTime;

    /** Whether it has been taken out of the tracker. */
    boolean over;

    Entry(@Nullable Lease lease, int count, long end, Instant endTime) {
      this(lease, count, end, endTime, () -> {});
    }

    Entry(@Nullable Lease lease, int count, long end, Instant endTime, Runnable onEnd) {
      this.onEnd = onEnd;
      this.lease = lease;
      this.count = count;
      this.end = end;
      this.endTime = endTime;
    }

    void takeOut() {
      over = true;
      if (deadline != null) {
        deadline.cancel();
      }
    }

    boolean isNewerThan(Lease other) {
      return lease != null && lease.fencingNumber() > other.fencingNumber();
    }
  }

  private static final int MAX_PAST = 10_000;

  private static final long SOON_NANOS = 100_000_000;

  /** The place of leases that another broker has and that are not known one by one. */
  private static final int UNKNOWN = -1;

  LeaseTracker(RotationTable table, Deadlines deadlines, LongSupplier ticker) {
    this.table = table;
    this.deadlines = deadlines;
    this.ticker = ticker;
  }

  /**
   * A lease holds that this broker has asked for: it counts in place of the hold that was taken for
   * it. Who granted it makes no difference from now on, as a hold does not outlast its token.
   *
   * @param left so much from {@code since} on
   * @param since when the answer was here
   * @param onEnd run once it has ended
   */
  void granted(Lease lease, int place, Duration left, long since, Runnable onEnd) {
    AccountId account = lease.account();
    TokenId token = lease.token();
    Entry entry = new Entry(lease, 1, since + left.toNanos(), lease.expireTime(), onEnd);
    List<Entry> replaced;
    RemoteHolds news;
    synchronized (accounts) {
      replaced = enter(account, token, place, entry);
      news = news(account, token);
    }
    table.granted(account, token, news);
    replaced.forEach(LeaseTracker::free);
  }

  /** A lease holds that was granted by another broker, or here by an earlier process. */
  void seen(Lease lease, int place, Duration left, long since) {
    AccountId account = lease.account();
    TokenId token = lease.token();
    long end = since + left.toNanos();
    List<Entry> replaced = List.of();
    synchronized (accounts) {
      Entry entry = places(account, token).get(place);
      if (past.contains(lease.id()) || (entry != null && entry.isNewerThan(lease))) {
        return;
      }
      if (entry != null && entry.lease != null && entry.lease.id().equals(lease.id())) {
        move(account, token, place, entry, end, lease.expireTime());
      } else {
        replaced = enter(account, token, place, new Entry(lease, 1, end, lease.expireTime()));
      }
    }
    replaced.forEach(LeaseTracker::free);
  }

  /**
   * The database did not grant a token, because others have it. The rotation has heard so once this
   * returns, and hands it out no more, even if it goes by another policy than the database.
   *
   * @param holds how many leases a token may have here
   * @param since when the answer was here
   * @param endTime of those that it did not name
   */
  void taken(
      AccountId account, TokenId token, int holds, Taken taken, long since, Instant endTime) {
    taken.by().forEach(other -> seen(other.lease(), other.place(), other.left(), since));
    List<Entry> replaced = List.of();
    RemoteHolds news;
    synchronized (accounts) {
      if (taken.by().size() < holds || !taken.by().stream().allMatch(by -> believes(by.lease()))) {
        // of what has ended since, by newer news, the database will soon say so
        long left = taken.by().isEmpty() ? taken.left().toNanos() : SOON_NANOS;
        replaced = enter(account, token, UNKNOWN, new Entry(null, holds, since + left, endTime));
      }
      news = news(account, token);
    }
    table.leasedElsewhere(account, token, news);
    replaced.forEach(LeaseTracker::free);
    tell();
  }

  /** Whether this broker believes that a lease holds. */
  boolean believes(Lease lease) {
    synchronized (accounts) {
      return places(lease.account(), lease.token()).values().stream()
          .anyMatch(entry -> entry.lease != null && entry.lease.id().equals(lease.id()));
    }
  }

  /** A lease has ended. */
  void ended(Lease lease) {
    Entry ended = null;
    RemoteHolds news;
    synchronized (accounts) {
      past.add(lease.id());
      if (past.size() > MAX_PAST) {
        past.remove(past.iterator().next());
      }
      Map<Integer, Entry> places =
          accounts.getOrDefault(lease.account(), Map.of()).get(lease.token());
      if (places != null) {
        for (Map.Entry<Integer, Entry> place : places.entrySet()) {
          Entry entry = place.getValue();
          if (entry.lease != null && entry.lease.id().equals(lease.id())) {
            ended = remove(lease.account(), lease.token(), place.getKey());
            break;
          }
        }
      }
      news = news(lease.account(), lease.token());
    }
    if (ended != null) {
      table.leasedElsewhere(lease.account(), lease.token(), news);
      free(ended);
      tell();
    }
  }

  /** Tells the rotation what has changed since the last time. */
  void tell() {
    Map<Name, RemoteHolds> changed = new HashMap<>();
    synchronized (accounts) {
      toTell.forEach(name -> changed.put(name, counted(places(name.account, name.token).values())));
      toTell = new HashSet<>();
    }
    // callers who waited may be answered by this: no lock is held
    changed.forEach((name, leased) -> table.leasedElsewhere(name.account, name.token, leased));
  }

  /** Of one token, for who must not return before the rotation has heard of it. */
  @GuardedBy("accounts")
  private RemoteHolds news(AccountId account, TokenId token) {
    toTell.remove(new Name(account, token));
    return counted(places(account, token).values());
  }

  /** All that is leased of an account. */
  Map<TokenId, RemoteHolds> leasedElsewhere(AccountId account) {
    Map<TokenId, RemoteHolds> leased = new HashMap<>();
    synchronized (accounts) {
      accounts
          .getOrDefault(account, Map.of())
          .forEach((token, places) -> leased.put(token, counted(places.values())));
    }
    return leased;
  }

  @GuardedBy("accounts")
  private RemoteHolds counted(Collection<Entry> entries) {
    int count = 0;
    Instant until = Instant.MAX;
    for (Entry entry : entries) {
      count += entry.count;
      until = entry.endTime.isBefore(until) ? entry.endTime : until;
    }
    return new RemoteHolds(count, until, ++version);
  }

  @GuardedBy("accounts")
  private Map<Integer, Entry> places(AccountId account, TokenId token) {
    return accounts.getOrDefault(account, Map.of()).getOrDefault(token, Map.of());
  }

  @GuardedBy("accounts")
  private @Nullable Entry remove(AccountId account, TokenId token, int place) {
    Map<TokenId, Map<Integer, Entry>> byToken = accounts.get(account);
    Map<Integer, Entry> places = byToken == null ? null : byToken.get(token);
    if (byToken == null || places == null) {
      return null;
    }
    Entry removed = places.remove(place);
    if (places.isEmpty()) {
      byToken.remove(token);
    }
    if (byToken.isEmpty()) {
      accounts.remove(account);
    }
    if (removed != null) {
      removed.takeOut();
      toTell.add(new Name(account, token));
    }
    return removed;
  }

  @GuardedBy("accounts")
  private void move(
      AccountId account, TokenId token, int place, Entry entry, long end, Instant endTime) {
    entry.end = end;
    entry.endTime = endTime;
    await(account, token, place, entry);
    toTell.add(new Name(account, token));
  }

  /** Gives what was there before, to be freed without the lock. */
  @GuardedBy("accounts")
  private List<Entry> enter(AccountId account, TokenId token, int place, Entry entry) {
    List<Entry> replaced = new ArrayList<>();
    // what is known now takes the place of what was not known
    for (int old : new int[] {place, UNKNOWN}) {
      Entry removed = remove(account, token, old);
      if (removed != null) {
        replaced.add(removed);
      }
    }
    accounts
        .computeIfAbsent(account, any -> new HashMap<>())
        .computeIfAbsent(token, any -> new HashMap<>())
        .put(place, entry);
    toTell.add(new Name(account, token));
    await(account, token, place, entry);
    return replaced;
  }

  @GuardedBy("accounts")
  private void await(AccountId account, TokenId token, int place, Entry entry) {
    if (entry.deadline != null) {
      entry.deadline.cancel();
    }
    entry.deadline = deadlines.at(entry.end, () -> expire(account, token, place, entry));
  }

  // ---- without it

  private void expire(AccountId account, TokenId token, int place, Entry entry) {
    synchronized (accounts) {
      if (entry.over || entry.end - ticker.getAsLong() > 0) {
        // it has ended, or been renewed, since its time came: then it has a later deadline
        return;
      }
      remove(account, token, place);
    }
    free(entry);
  }

  private static void free(Entry entry) {
    entry.onEnd.run();
  }
}
