package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountSnapshot;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.rotation.ReportRule.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One account's rings, bench and position. Its tokens never change: a refresh is a new rotation
 * that takes over from the old one. Not thread-safe: guarded by the stripe of its account once it
 * is in the table.
 */
final class Rotation {
  final AccountId account;

  /** Is shared with others under the same stripe: set whenever something is done here. */
  final Now now;

  /** All tokens in the order of their ids. */
  final List<Slot> slots;

  /** The same beside those before a refresh; null once they were taken over. */
  private @Nullable Slots refreshed;

  final ScopeLanes lanes;
  final Bench bench;
  private @Nullable Unsaved unsaved;
  private @Nullable Waiting waiting;
  private final RotationSettings settings;
  private final long fixedBytes;
  private AccountHealth health = AccountHealth.GOOD;
  private long turn;

  /** The wall clock as it was seen last. */
  private long seenMillis;

  /** Whether anything here depends on the monotonic clock. */
  private boolean timed;

  /** Whether any token has, or had since the last refresh, limits or a budget. */
  private boolean limited;

  /**
   * To be settled under the stripe.
   *
   * @param before whose tokens' standings will be taken over; only what is final is read of it here
   */
  Rotation(
      AccountId account,
      AccountSnapshot snapshot,
      RotationSettings settings,
      @Nullable Rotation before,
      Now now) {
    this.account = account;
    this.settings = settings;
    this.now = now;
    Slots made = Slots.of(snapshot, before == null ? List.of() : before.slots);
    slots = made.inOrder();
    refreshed = before == null ? null : made;
    lanes =
        new ScopeLanes(
            account, settings.maxScopes(), now, new TurnOrder(made.rings().toArray(Ring[]::new)));
    bench = new Bench(now, lanes, slots);
    fixedBytes = Footprint.of(account, slots);
  }

  /** Puts every token where its settings and its standing say. */
  private void settle(Instant instant) {
    for (Slot slot : slots) {
      if (slot.limiter() != null || Limiter.isNeeded(slot.limits, slot.stored())) {
        limit(slot);
      }
      if (!slot.isGood()) {
        slot.standing().adopt(slot.health(), instant, now);
        bench.reviewScopes(slot);
      }
      if (slot.known() != null
          || !slot.token.settings().enabled()
          || !slot.token.secret().isReadable()) {
        // one that is plain has to be counted at least
        bench.review(slot);
      }
      timed |= !slot.isPlain();
    }
    bench.expire();
  }

  private void limit(Slot slot) {
    TokenState standing = slot.standing();
    Limiter before = standing.limiter;
    if (before == null || !before.limits.equals(slot.limits)) {
      Limiter fresh =
          new Limiter(slot.limits, settings.limitMargin(), settings.turnTimeout(), turn);
      if (before != null) {
        fresh.resume(before, now);
        if (fresh.isLong()) {
          // the store has it under other names, if at all
          unsaved().usage(slot);
        }
      } else {
        fresh.restore(standing.stored, now);
      }
      standing.limiter = fresh;
    }
    standing.stored = List.of();
    limited = true;
  }

  /**
   * Begins at a position of an earlier process.
   *
   * @param leased what others hold of its tokens
   */
  void begin(Position position, Map<TokenId, RemoteHolds> leased, long nanos, Instant instant) {
    setNow(nanos, instant.toEpochMilli());
    adopt(leased);
    settle(instant);
    resume(position);
  }

  /** Takes over from the rotation of the same account before a refresh. */
  void begin(Rotation before, Map<TokenId, RemoteHolds> leased, long nanos, Instant instant) {
    setNow(nanos, instant.toEpochMilli());
    unsaved = before.unsaved;
    waiting = before.waiting;
    List<Slot> renewed = List.of();
    if (refreshed != null) {
      refreshed.takeOver();
      renewed = refreshed.renewed();
      refreshed = null;
    }
    // a token that is new here may be leased as well
    adopt(leased);
    turn = before.turn;
    bench.maxHolds = before.bench.maxHolds;
    bench.pause = before.bench.pause;
    health = before.health;
    settle(instant);
    resume(before);
    renewed.forEach(slot -> change(slot, Health.GOOD, instant));
  }

  private void adopt(Map<TokenId, RemoteHolds> leased) {
    leased.forEach(
        (id, elsewhere) -> {
          Slot slot = find(id);
          if (slot != null) {
            slot.standing().leasedElsewhere(elsewhere);
          }
        });
  }

  Unavailability shortage() {
    return new Unavailability(account, bench, now, slots.size());
  }

  Waiting waiting() {
    if (waiting == null) {
      waiting = new Waiting();
    }
    return waiting;
  }

  int waiters() {
    return waiting == null ? 0 : waiting.count();
  }

  Unsaved unsaved() {
    if (unsaved == null) {
      unsaved = new Unsaved();
    }
    return unsaved;
  }

  boolean isUnsaved() {
    return unsaved != null && !unsaved.isEmpty();
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
    int extras = (unsaved == null ? 0 : 1) + (waiting == null ? 0 : 1);
    return fixedBytes
        + Footprint.of(lanes, slots.size())
        + bench.usedBytes
        + (long) Footprint.EXTRA * extras;
  }

  void setNow(long nanos, long millis) {
    now.nanos = nanos;
    now.millis = millis;
    seenMillis = millis;
  }

  /** As {@link #setNow}; a wall clock that was set back takes back what had ended by it. */
  void setBoth(long nanos, long millis) {
    boolean back = millis < seenMillis;
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

  @Nullable Turn next(ScopeLane lane) {
    if (lane.turns.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = lane.turns.next();
    slot.served++;
    long number = ++turn;
    return slot.isPlain() ? new Turn(slot.token, number) : charged(slot, number);
  }

  /** Reserves what the turn uses before anybody has it, and benches the token if that is all. */
  private Turn charged(Slot slot, long number) {
    Limiter limiter = slot.limiter();
    if (limiter != null) {
      limiter.charge(number, now);
      if (limiter.isLong()) {
        unsaved().usage(slot);
      }
    }
    Quarantine quarantine = slot.health().quarantine();
    if (quarantine != null) {
      probe(slot, quarantine, number);
    }
    bench.review(slot);
    return new Turn(slot.token, number, quarantine != null);
  }

  private void probe(Slot slot, Quarantine quarantine, long number) {
    Instant instant = Instant.ofEpochMilli(now.millis);
    Quarantine probed = quarantine.probed(instant, number, settings.maxProbeDelay());
    adopt(slot, slot.health().withQuarantine(probed), instant);
  }

  private void adopt(Slot slot, Health fresh, Instant instant) {
    if (!fresh.equals(slot.health())) {
      slot.standing().adopt(fresh, instant, now);
      unsaved().health(slot);
    }
  }

  /** Up to {@code count} turns, until their texts have {@code maxBytes}; null if there is none. */
  @Nullable List<Turn> next(int count, int maxBytes) {
    return next(lanes.all, count, maxBytes);
  }

  @Nullable List<Turn> next(ScopeLane lane, int count, int maxBytes) {
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
  void giveBack(@Nullable ScopeLane lane, Turn given, long nanos, long millis) {
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
    slot.served--;
    Limiter limiter = slot.limiter();
    if (limiter != null) {
      limiter.refund(given.number(), nanos, millis, now);
      if (limiter.isLong()) {
        unsaved().usage(slot);
      }
    }
    Quarantine quarantine = slot.health().quarantine();
    if (quarantine != null && quarantine.probeTurn() == given.number()) {
      Quarantine due = quarantine.unprobed(Instant.ofEpochMilli(millis));
      adopt(slot, slot.health().withQuarantine(due), Instant.ofEpochMilli(now.millis));
    }
    bench.review(slot);
  }

  /** The next token to be leased; null if there is none. */
  @Nullable Token hold(ScopeLane lane, int maxHolds) {
    if (bench.maxHolds != maxHolds) {
      bench.maxHolds = maxHolds;
      bench.leased().forEach(bench::review);
    }
    TurnOrder leases = lane.leases(slots);
    if (leases.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = leases.next();
    slot.standing().holds++;
    bench.review(slot);
    return slot.token;
  }

  /** Undoes {@link #hold}, the order of leases too. */
  void giveBack(@Nullable ScopeLane lane, Slot slot) {
    unhold(slot);
    if (lane != null && lane.leases != null) {
      lane.leases.giveBack(slot);
    }
  }

  /** Ends one hold of this broker; nothing happens if there is none. */
  void unhold(Slot slot) {
    TokenState standing = slot.known();
    if (standing != null && standing.holds > 0) {
      standing.holds--;
      standing.heldUntil = null;
      bench.review(slot);
    }
  }

  /** The slot of a token; null if the account has no such token. */
  @Nullable Slot find(TokenId id) {
    return Slots.find(slots, id);
  }

  /** Takes a report; throws, and then changes nothing, if its scope finds no room. */
  Reported report(
      Slot slot,
      long reportedTurn,
      List<UpstreamBudget> budgets,
      ReportRule judge,
      Instant instant) {
    TokenState standing = slot.standing();
    if (standing.isReported(reportedTurn)) {
      return new Reported(state(slot), standing.health, true);
    }
    Verdict verdict = judge.judge(standing.health, health, instant);
    lanes.makeFor(verdict.health(), instant);
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
      change(slot, change.apply(slot.health()), instant);
    }
  }

  private void change(Slot slot, Health fresh, Instant instant) {
    adopt(slot, fresh, instant);
    bench.reviewScopes(slot);
    bench.review(slot);
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
    TokenState standing = slot.standing();
    if (budgets.isEmpty()) {
      return;
    }
    if (standing.limiter == null) {
      standing.limiter =
          new Limiter(slot.limits, settings.limitMargin(), settings.turnTimeout(), turn);
      limited = true;
    }
    // nothing is remembered of tokens without limits; all tokens have had about as many turns
    long estimate = Math.min(slot.served, Math.max(0, turn - reportedTurn) / slots.size());
    standing.limiter.tell(budgets, reportedTurn, turn, estimate, now);
    unsaved().usage(slot);
  }

  /** Makes a token as good as new. */
  void reset(Slot slot, Instant instant) {
    adopt(slot, Health.GOOD, instant);
    bench.reviewScopes(slot);
    if (slot.limiter() != null) {
      slot.standing().limiter = null;
      unsaved().usageVoid(slot);
      if (Limiter.isNeeded(slot.limits, List.of())) {
        limit(slot);
      }
    }
    bench.review(slot);
  }

  BrokerException failure(ScopeLane lane, boolean lease) {
    return shortage().failure(lane, lease);
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
        account, turn, slots.size(), bench.ready(slots.size()), List.of(), waiters());
  }

  TokenStatus state(Slot slot) {
    if (!slot.isPlain()) {
      // after a step of the wall clock another bench may be the longest
      bench.review(slot);
    }
    return States.of(slot, bench, now);
  }
}
