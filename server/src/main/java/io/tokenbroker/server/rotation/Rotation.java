package io.tokenbroker.server.rotation;

import io.tokenbroker.server.failure.BrokerException;
import io.tokenbroker.server.rotation.Judge.Verdict;
import io.tokenbroker.server.token.AccountHealth;
import io.tokenbroker.server.token.AccountId;
import io.tokenbroker.server.token.AccountSnapshot;
import io.tokenbroker.server.token.AccountSnapshot.Fingerprint;
import io.tokenbroker.server.token.AccountState;
import io.tokenbroker.server.token.AccountState.TokenState;
import io.tokenbroker.server.token.BenchReason;
import io.tokenbroker.server.token.Health;
import io.tokenbroker.server.token.Health.Quarantine;
import io.tokenbroker.server.token.Position;
import io.tokenbroker.server.token.Scope;
import io.tokenbroker.server.token.Token;
import io.tokenbroker.server.token.TokenId;
import io.tokenbroker.server.token.Turn;
import io.tokenbroker.server.token.UpstreamBudget;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One account's rings, bench and position. Its tokens never change: a refresh is a new rotation
 * that takes over from the old one. Not thread-safe: guarded by the stripe of its account once it
 * is in the table.
 */
final class Rotation {
  final AccountId account;
  final Now now = new Now();

  /** All tokens in the order of their ids. */
  final List<Slot> slots;

  /** Have another secret than before the refresh. */
  private final List<Slot> renewed;

  final Lanes lanes;
  final Bench bench;
  final Shortage shortage;
  final Unsaved unsaved;
  final Waiting waiting;
  private final RotationSettings settings;
  private final long fixedBytes;
  private AccountHealth health = AccountHealth.GOOD;
  private long turn;

  /** Whether anything here depends on the monotonic clock. */
  private boolean timed;

  /** Whether any token has, or had since the last refresh, limits or a budget. */
  private boolean limited;

  Rotation(AccountId account, List<Token> tokens, long nowMillis) {
    this(
        account,
        new AccountSnapshot(tokens, Position.START, Fingerprint.NONE),
        RotationSettings.DEFAULT,
        null);
    now.millis = nowMillis;
    settle(Instant.ofEpochMilli(nowMillis));
  }

  /**
   * To be settled under the stripe.
   *
   * @param before whose tokens' standings are taken over; only what is final is read of it here
   */
  Rotation(
      AccountId account,
      AccountSnapshot snapshot,
      RotationSettings settings,
      @Nullable Rotation before) {
    this.account = account;
    this.settings = settings;
    Slots made = Slots.of(snapshot, before == null ? List.of() : before.slots);
    slots = made.inOrder();
    renewed = made.renewed();
    lanes =
        new Lanes(account, settings.maxScopes(), now, new Line(made.rings().toArray(Ring[]::new)));
    bench = new Bench(now, lanes, slots);
    shortage = new Shortage(account, bench, now, slots.size());
    unsaved = before == null ? new Unsaved() : before.unsaved;
    waiting = before == null ? new Waiting() : before.waiting;
    fixedBytes = Footprint.of(account, slots);
  }

  /** Puts every token where its settings and its standing say. */
  private void settle(Instant instant) {
    for (Slot slot : slots) {
      Standing standing = slot.standing;
      if (standing.limiter != null || Limiter.isNeeded(slot.limits, standing.stored)) {
        limit(slot);
      }
      if (!standing.isGood()) {
        standing.adopt(standing.health, instant, now);
        bench.reviewScopes(slot);
      }
      if (!standing.isPlain() || !slot.token.settings().enabled()) {
        bench.review(slot);
      }
      timed |= !standing.isPlain();
    }
    bench.expire();
  }

  private void limit(Slot slot) {
    Standing standing = slot.standing;
    Limiter before = standing.limiter;
    if (before == null || !before.limits.equals(slot.limits)) {
      Limiter fresh =
          new Limiter(slot.limits, settings.limitMargin(), settings.turnTimeout(), turn);
      if (before != null) {
        fresh.resume(before, now);
        if (fresh.isLong()) {
          // the store has it under other names, if at all
          unsaved.usage(slot);
        }
      } else {
        fresh.restore(standing.stored, now);
      }
      standing.limiter = fresh;
    }
    standing.stored = List.of();
    limited = true;
  }

  /** Begins at a position of an earlier process. */
  void begin(Position position, long nanos, Instant instant) {
    setNow(nanos, instant.toEpochMilli());
    settle(instant);
    resume(position);
  }

  /** Takes over from the rotation of the same account before a refresh. */
  void begin(Rotation before, long nanos, Instant instant) {
    setNow(nanos, instant.toEpochMilli());
    turn = before.turn;
    bench.maxHolds = before.bench.maxHolds;
    bench.pause = before.bench.pause;
    health = before.health;
    settle(instant);
    resume(before);
    renewed.forEach(slot -> change(slot, Health.GOOD, instant));
  }

  void resume(Position position) {
    turn = position.turn();
    lanes.resume(position.marks());
  }

  void resume(Rotation before) {
    turn = before.turn;
    lanes.resume(before.lanes, slots);
    timed |= before.timed;
  }

  /** About what it takes of the heap. */
  long bytes() {
    return fixedBytes + Footprint.of(lanes, slots.size()) + bench.usedBytes;
  }

  void setNow(long nanos, long millis) {
    now.nanos = nanos;
    now.millis = millis;
  }

  /** As {@link #setNow}; a wall clock that was set back takes back what had ended by it. */
  void setBoth(long nanos, long millis) {
    boolean back = millis < now.millis;
    timed = true;
    setNow(nanos, millis);
    if (back) {
      settle(Instant.ofEpochMilli(millis));
    }
  }

  /** Whether any token has limits, its own or told by the upstream. */
  boolean isLimited() {
    return limited;
  }

  boolean isTimed() {
    return timed;
  }

  /** Begins to keep time by the monotonic clock. */
  void time(long nanos) {
    timed = true;
    now.nanos = nanos;
  }

  /** Moves what is due to the bench and back. */
  void advance() {
    bench.advance();
  }

  /** Benches what has expired; tells whether that was anything. */
  boolean expire(long nowMillis) {
    now.millis = nowMillis;
    bench.advance();
    return takeChanged();
  }

  /** Whether any token has gone to the bench or come back since the last time. */
  boolean takeChanged() {
    boolean changed = bench.changed;
    bench.changed = false;
    return changed;
  }

  /** The next turn without a scope; null if every token is benched. To be called when advanced. */
  @Nullable Turn next() {
    return next(lanes.all);
  }

  @Nullable Turn next(Lane lane) {
    if (lane.turns.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = lane.turns.next();
    Standing standing = slot.standing;
    standing.served++;
    long number = ++turn;
    if (standing.isPlain()) {
      return new Turn(slot.token, number);
    }
    return charged(slot, number);
  }

  /** Reserves what the turn uses before anybody has it, and benches the token if that is all. */
  private Turn charged(Slot slot, long number) {
    Standing standing = slot.standing;
    Limiter limiter = standing.limiter;
    if (limiter != null) {
      limiter.charge(number, now);
      if (limiter.isLong()) {
        unsaved.usage(slot);
      }
    }
    Quarantine quarantine = standing.health.quarantine();
    if (quarantine != null) {
      probe(slot, quarantine, number);
    }
    bench.review(slot);
    return new Turn(slot.token, number, quarantine != null);
  }

  private void probe(Slot slot, Quarantine quarantine, long number) {
    Instant instant = Instant.ofEpochMilli(now.millis);
    Quarantine probed = quarantine.probed(instant, number, settings.maxProbeDelay());
    adopt(slot, slot.standing.health.withQuarantine(probed), instant);
  }

  private void adopt(Slot slot, Health fresh, Instant instant) {
    if (!fresh.equals(slot.standing.health)) {
      slot.standing.adopt(fresh, instant, now);
      unsaved.health(slot);
    }
  }

  /** Up to {@code count} turns, until their texts have {@code maxBytes}; null if there is none. */
  @Nullable List<Turn> next(int count, int maxBytes) {
    return next(lanes.all, count, maxBytes);
  }

  @Nullable List<Turn> next(Lane lane, int count, int maxBytes) {
    List<Turn> turns = new ArrayList<>(Math.min(count, 1_000));
    int bytes = 0;
    while (turns.size() < count && bytes < maxBytes) {
      Turn turn = next(lane);
      if (turn == null) {
        break;
      }
      turns.add(turn);
      bytes += turn.token().bytes();
    }
    return turns.isEmpty() ? null : turns;
  }

  /**
   * Undoes a turn that nobody has had: what it used, and, if it is the newest, place and number.
   *
   * @param nanos when it was charged, on the ticker; {@code millis} is that of the wall clock
   */
  void giveBack(@Nullable Lane lane, Turn given, long nanos, long millis) {
    Slot slot = find(given.token().id());
    if (slot != null) {
      refund(slot, given, nanos, millis);
    }
    if (given.number() == turn) {
      turn--;
      if (slot != null && lane != null) {
        lane.turns.undo(slot);
      }
    }
  }

  private void refund(Slot slot, Turn given, long nanos, long millis) {
    Standing standing = slot.standing;
    standing.served--;
    Limiter limiter = standing.limiter;
    if (limiter != null) {
      limiter.refund(given.number(), nanos, millis, now);
      if (limiter.isLong()) {
        unsaved.usage(slot);
      }
    }
    Quarantine quarantine = standing.health.quarantine();
    if (quarantine != null && quarantine.probeTurn() == given.number()) {
      Quarantine due = quarantine.unprobed(Instant.ofEpochMilli(millis));
      adopt(slot, standing.health.withQuarantine(due), Instant.ofEpochMilli(now.millis));
    }
    bench.review(slot);
  }

  /** The next token to be leased; null if there is none. */
  @Nullable Token hold(Lane lane, int maxHolds) {
    if (bench.maxHolds != maxHolds) {
      bench.maxHolds = maxHolds;
      List.copyOf(bench.leased).forEach(bench::review);
    }
    Line leases = lane.leases(slots);
    if (leases.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = leases.next();
    slot.standing.holds++;
    bench.review(slot);
    return slot.token;
  }

  /** Undoes {@link #hold}, the order of leases too. */
  void giveBack(@Nullable Lane lane, Slot slot) {
    unhold(slot);
    if (lane != null && lane.leases != null) {
      lane.leases.giveBack(slot);
    }
  }

  /** Ends one hold of this broker; nothing happens if there is none. */
  void unhold(Slot slot) {
    if (slot.standing.holds > 0) {
      slot.standing.holds--;
      slot.standing.heldUntil = null;
      bench.review(slot);
    }
  }

  /** The slot of a token; null if the account has no such token. */
  @Nullable Slot find(TokenId id) {
    int low = 0;
    int high = slots.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = slots.get(middle).token.id().compareTo(id);
      if (order == 0) {
        return slots.get(middle);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  /** Takes a report; throws, and then changes nothing, if its scope finds no room. */
  Reported report(
      Slot slot, long reportedTurn, List<UpstreamBudget> budgets, Judge judge, Instant instant) {
    Standing standing = slot.standing;
    if (standing.isReported(reportedTurn)) {
      return new Reported(state(slot), standing.health, true);
    }
    Verdict verdict = judge.judge(standing.health, health, instant);
    makeLanes(verdict.health(), instant);
    standing.remember(reportedTurn);
    if (standing.limiter != null) {
      standing.limiter.release(reportedTurn);
    }
    adopt(slot, verdict.health(), instant);
    bench.reviewScopes(slot);
    setHealth(verdict.account(), instant);
    verdict.others().forEach((other, change) -> change(other, change, instant));
    tell(slot, reportedTurn, budgets);
    bench.review(slot);
    return new Reported(state(slot), standing.health, false);
  }

  private void change(TokenId token, UnaryOperator<Health> change, Instant instant) {
    Slot slot = find(token);
    if (slot != null) {
      change(slot, change.apply(slot.standing.health), instant);
    }
  }

  private void change(Slot slot, Health fresh, Instant instant) {
    adopt(slot, fresh, instant);
    bench.reviewScopes(slot);
    bench.review(slot);
  }

  private void makeLanes(Health fresh, Instant instant) {
    List<Scope> missing = new ArrayList<>();
    fresh
        .cooldowns()
        .forEach(
            (scope, cooldown) -> {
              if (cooldown.until().isAfter(instant) && lanes.present(scope) == null) {
                missing.add(scope);
              }
            });
    if (!missing.isEmpty()) {
      lanes.makeRoom(missing.size());
      missing.forEach(lanes::make);
    }
  }

  private void setHealth(AccountHealth fresh, Instant instant) {
    Instant pausedUntil = fresh.pausedUntil();
    if (pausedUntil == null || !pausedUntil.isAfter(instant)) {
      bench.changed |= bench.pause != null;
      bench.pause = null;
    } else if (!pausedUntil.equals(health.pausedUntil())) {
      bench.pause = Deadline.after(instant, pausedUntil, now);
      bench.changed = true;
    }
    health = fresh;
  }

  private void tell(Slot slot, long reportedTurn, List<UpstreamBudget> budgets) {
    Standing standing = slot.standing;
    if (budgets.isEmpty()) {
      return;
    }
    if (standing.limiter == null) {
      standing.limiter =
          new Limiter(slot.limits, settings.limitMargin(), settings.turnTimeout(), turn);
      limited = true;
    }
    // nothing is remembered of tokens without limits; all tokens have had about as many turns
    long estimate = Math.min(standing.served, Math.max(0, turn - reportedTurn) / slots.size());
    standing.limiter.tell(budgets, reportedTurn, turn, estimate, now);
    unsaved.usage(slot);
  }

  /** Makes a token as good as new. */
  void reset(Slot slot, Instant instant) {
    Standing standing = slot.standing;
    adopt(slot, Health.GOOD, instant);
    bench.reviewScopes(slot);
    if (standing.limiter != null) {
      standing.limiter = null;
      unsaved.usageVoid(slot);
      if (Limiter.isNeeded(slot.limits, List.of())) {
        limit(slot);
      }
    }
    bench.review(slot);
  }

  int benched(BenchReason reason) {
    return bench.count(reason);
  }

  BrokerException failure(Lane lane, boolean lease) {
    return shortage.failure(lane, lease);
  }

  long turn() {
    return turn;
  }

  Position position() {
    return new Position(turn, lanes.marks());
  }

  /** The state without the tokens. */
  AccountState head() {
    return new AccountState(
        account, turn, slots.size(), bench.ready(slots.size()), List.of(), waiting.count());
  }

  TokenState state(Slot slot) {
    if (!slot.standing.isPlain()) {
      // after a step of the wall clock another bench may be the longest
      bench.review(slot);
    }
    return States.of(slot, bench, now);
  }
}
