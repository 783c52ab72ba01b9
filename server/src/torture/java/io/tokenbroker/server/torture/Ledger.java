package io.tokenbroker.server.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Checks, as it happens, that no token has more holders at once than it may have, and that the
 * fencing numbers of a token only grow. Times are those of one monotonic clock in nanoseconds.
 *
 * <p>It never cries wolf: a hold begins here when its holder has the answer, which is later than
 * the grant, and ends when its holder has decided to give it up, or when its TTL has passed since
 * the holder asked, which is earlier than the end; or when the end has passed that the holder was
 * told, by the clock that it shares with the database. So two holds that overlap here overlapped.
 */
final class Ledger {
  private static final Duration WORTH_KEEPING = Duration.ofSeconds(1);

  private final LongSupplier ticker;
  private final int maxHolders;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  private final List<String> violations = new CopyOnWriteArrayList<>();
  private final AtomicLong longestFree = new AtomicLong();
  private final Queue<Free> frees = new ConcurrentLinkedQueue<>();
  private final NavigableSet<Long> losses = new ConcurrentSkipListSet<>();
  final LongAdder grants = new LongAdder();
  final LongAdder renewals = new LongAdder();
  final LongAdder releases = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder late = new LongAdder();

  Ledger(LongSupplier ticker, int maxHolders) {
    this.ticker = ticker;
    this.maxHolders = maxHolders;
  }

  /** A time when nobody had a token. */
  private record Free(String token, long since, long until) {}

  /** One token; guarded by itself. */
  private static final class Token {
    final Map<String, Hold> holds = new HashMap<>();
    long newestFence;

    /** Since when nobody has it, or an earlier time; for as long as there are no holds. */
    long freeSince;
  }

  /**
   * What a holder has.
   *
   * @param until when the holder stops believing in it
   */
  record Hold(String token, String lease, long fence, String holder, long until) {
    /** What one was told last may have been on its way for longer. */
    static Hold later(Hold one, Hold other) {
      return one.until - other.until > 0 ? one : other;
    }
  }

  /** A holder has an answer that grants it a lease, or proves that it still has it. */
  void holds(Hold hold, boolean granted) {
    Token token = token(hold.token());
    synchronized (token) {
      long now = ticker.getAsLong();
      if (hold.until() - now <= 0) {
        // the answer came when it was worth nothing any more
        late.increment();
        return;
      }
      (granted ? grants : renewals).increment();
      expire(token, now);
      if (token.holds.isEmpty()) {
        free(new Free(hold.token(), token.freeSince, now));
      }
      token.holds.merge(hold.lease(), hold, Hold::later);
      if (token.holds.size() > maxHolders) {
        violation("held by " + token.holds.size(), new ArrayList<>(token.holds.values()));
      }
      if (granted && hold.fence() <= token.newestFence) {
        violation("fencing number not above " + token.newestFence, List.of(hold));
      } else if (!granted && hold.fence() < token.newestFence && maxHolders == 1) {
        violation("renewed under " + token.newestFence, List.of(hold));
      }
      token.newestFence = Math.max(token.newestFence, hold.fence());
    }
  }

  /** A holder gives up a lease; to be called before anybody else is told. */
  void ends(String tokenId, String lease) {
    Token token = token(tokenId);
    synchronized (token) {
      if (token.holds.remove(lease) != null && token.holds.isEmpty()) {
        token.freeSince = ticker.getAsLong();
      }
    }
  }

  private Token token(String id) {
    return tokens.computeIfAbsent(
        id,
        any -> {
          Token token = new Token();
          token.freeSince = ticker.getAsLong();
          return token;
        });
  }

  /** Under the lock of the token. */
  private static void expire(Token token, long now) {
    token
        .holds
        .values()
        .removeIf(
            hold -> {
              boolean over = hold.until() - now <= 0;
              if (over && hold.until() - token.freeSince > 0) {
                token.freeSince = hold.until();
              }
              return over;
            });
  }

  private void free(Free free) {
    long nanos = free.until - free.since;
    longestFree.accumulateAndGet(nanos, Math::max);
    if (nanos > WORTH_KEEPING.toNanos()) {
      frees.add(free);
    }
  }

  /** A broker's way to the database was lost just now, maybe with locks on tokens. */
  void losesRoute() {
    losses.add(ticker.getAsLong());
  }

  /** For how long a token had no holder that anybody knew of, and then had one again. */
  Duration longestFree() {
    return Duration.ofNanos(longestFree.get());
  }

  /**
   * The times when nobody had a token for longer than is promised: what is lost on the way to the
   * database frees its tokens so soon. A token that is free at last may be in the transaction that
   * is lost next; so the time counts from there on if that was in time.
   *
   * @param most from when a token was free, or from a loss
   * @param wanted the tokens that somebody wants all the time
   */
  List<String> kept(Duration most, Set<String> wanted) {
    long now = ticker.getAsLong();
    tokens.forEach(
        (id, token) -> {
          synchronized (token) {
            expire(token, now);
            if (token.holds.isEmpty() && wanted.contains(id)) {
              free(new Free(id, token.freeSince, now));
            }
          }
        });
    List<String> kept = new ArrayList<>();
    for (Free one : frees) {
      long from = countedFrom(one, most.toNanos());
      if (wanted.contains(one.token) && one.until - from > most.toNanos()) {
        String free = "token %s was free for %s".formatted(one.token, time(one.since, one.until));
        kept.add(
            from == one.since
                ? free
                : free + ", for %s of it after a route was lost".formatted(time(from, one.until)));
      }
    }
    return kept;
  }

  private static Duration time(long since, long until) {
    return Duration.ofNanos(until - since);
  }

  private long countedFrom(Free free, long most) {
    long from = free.since;
    for (long loss : losses.subSet(free.since, free.until)) {
      if (loss - from > most) {
        break;
      }
      from = loss;
    }
    return from;
  }

  /** The highest number that was seen of each token. */
  Map<String, Long> newestFences() {
    Map<String, Long> fences = new HashMap<>();
    tokens.forEach(
        (id, token) -> {
          synchronized (token) {
            fences.put(id, token.newestFence);
          }
        });
    return fences;
  }

  private void violation(String what, List<Hold> holds) {
    violates(what + ": " + holds);
  }

  /** Another promise was broken than that of this ledger. */
  void violates(String what) {
    violations.add(what);
  }

  List<String> violations() {
    return List.copyOf(violations);
  }
}
