package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.limit.Hold;
import io.tokenbroker.server.limit.Limiter;
import io.tokenbroker.server.model.AccountHealth;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.AccountState;
import io.tokenbroker.server.model.AccountState.TokenStatus;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Health.Quarantine;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Reported;
import io.tokenbroker.server.model.Secret;
import io.tokenbroker.server.model.Token;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.Turn;
import io.tokenbroker.server.model.UpstreamBudget;
import io.tokenbroker.server.model.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One account's rings, bench and position. An {@link Amendment} changes its tokens; what that can't
 * do is a new rotation that takes over from the old one. Not thread-safe: guarded by the stripe of
 * its account once it is in the table.
 */
final class Rotation {
  final AccountId account;

  /** By which it hands out anything; set as it is published. */
  Right right = Right.ALWAYS;

  /** All tokens in the order of their ids. */
  Slot[] slots;

  final ScopeLanes lanes;
  final Bench bench;
  private @Nullable Unsaved unsaved;
  private @Nullable Waiting waiting;
  private @Nullable AfterUnlock afterUnlock;
  final RotationSettings settings;

  /** Of each token that has none of its own. */
  final TokenLimits limits;

  /** Of what does not come and go with use: about what that takes of the heap. */
  long fixedBytes;

  /** Of all tokens, once any have joined; for who has the load of the account. */
  @Nullable Set<Secret> secrets;

  private AccountHealth health = AccountHealth.GOOD;
  private long turn;

  /** The wall clock as it was seen last. */
  private long seenMillis;

  /**
   * To be settled under the stripe.
   *
   * @param made of its tokens
   * @param limits of those that have none of their own
   */
  Rotation(AccountId account, Slots made, TokenLimits limits, RotationSettings settings) {
    this.account = account;
    this.limits = limits;
    this.settings = settings;
    slots = made.inOrder;
    lanes = new ScopeLanes(new TurnOrder(made.rings));
    bench = new Bench(lanes, slots);
    fixedBytes = Footprint.of(account) + Footprint.of(slots, limits);
  }

  /** Puts every token where its settings and its state say. */
  private void settle(Moment moment) {
    settle(slots, moment);
  }

  void settle(Slot[] which, Moment moment) {
    for (Slot slot : which) {
      if (slot.limiter() != null || Limiter.isNeeded(slot.limits(limits), slot.stored())) {
        var unused = limit(slot, moment);
      }
      if (!slot.isGood()) {
        slot.state().adopt(slot.health(), moment);
        bench.reviewScopes(slot, moment);
      }
      if (slot.known() != null || slot.hold(moment) != null) {
        // one that is plain has to be counted at least
        bench.review(slot, moment);
      }
    }
    bench.expire(moment);
  }

  private Limiter limit(Slot slot, Moment moment) {
    Limiter before = slot.limiter();
    Limiter now = slot.state().limit(slot.limits(limits), settings, turn, moment);
    if (before != null && before != now && (now.isLong() || right.savesFirst())) {
      // the store has it under other names, if at all
      unsaved().usage(slot);
    }
    bench.limited = true;
    return now;
  }

  /**
   * Begins at a position of an earlier process.
   *
   * @param leased what others hold of its tokens
   */
  void begin(Position position, Map<TokenId, RemoteHolds> leased, Moment moment) {
    seenMillis = moment.millis();
    adopt(leased);
    settle(moment);
    resume(position);
  }

  /**
   * Takes over from the rotation of the same account before a refresh.
   *
   * @param made those that this one was made of
   */
  void begin(Rotation before, Slots made, Map<TokenId, RemoteHolds> leased, Moment moment) {
    seenMillis = moment.millis();
    unsaved = before.unsaved;
    waiting = before.waiting;
    made.takeOver();
    // a token that is new here may be leased as well
    adopt(leased);
    turn = before.turn;
    bench.maxHolds = before.bench.maxHolds;
    bench.pause = before.bench.pause;
    health = before.health;
    settle(moment);
    resume(before, moment);
    made.renewed.forEach(slot -> change(slot, Health.GOOD, moment));
  }

  private void adopt(Map<TokenId, RemoteHolds> leased) {
    leased.forEach(
        (id, elsewhere) -> {
          Slot slot = find(id);
          if (slot != null) {
            slot.state().leasedElsewhere(elsewhere);
          }
        });
  }

  Unavailability shortage() {
    return new Unavailability(account, bench, slots.length);
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

  void resume(Rotation before, Moment moment) {
    turn = before.turn;
    lanes.resume(before.lanes, moment);
  }

  /** About what it takes of the heap. */
  long bytes() {
    int extras = (unsaved == null ? 0 : 1) + (waiting == null ? 0 : 1);
    return fixedBytes
        + Footprint.of(lanes, slots.length)
        + bench.usedBytes
        + (long) Footprint.EXTRA * extras;
  }

  /** Whether any token has limits, its own or told by the upstream. */
  boolean isLimited() {
    return bench.limited;
  }

  /**
   * Whether a turn without a scope depends on the time at all. Most accounts are plain, and to read
   * both clocks would cost them a good part of a turn: see docs/decisions.md.
   */
  boolean isTimed() {
    return bench.isTimed() || lanes.hasScopes() || waiters() > 0;
  }

  /**
   * Moves what is due to the bench and back; a wall clock that was set back takes back what had
   * ended by it. To be called first, whenever something is done here.
   */
  void advance(Moment moment) {
    boolean back = moment.millis() < seenMillis;
    seenMillis = moment.millis();
    if (back) {
      settle(moment);
    }
    bench.advance(moment);
  }

  /** What has to happen once the stripe is free, to be added to. */
  AfterUnlock afterUnlock() {
    if (afterUnlock == null) {
      afterUnlock = new AfterUnlock(account);
    }
    return afterUnlock;
  }

  /**
   * Serves those who wait after a change, and tells what has to happen once the stripe is free;
   * null if nothing has to. To be called last, whenever something was done here.
   */
  @Nullable AfterUnlock finish(Moment moment) {
    boolean changed = bench.isChanged();
    if (waiters() > 0) {
      if (changed || waiting().isHolding()) {
        waiting().serve(this, moment);
      }
      waiting().setAlarm(this, moment);
    }
    if (bench.takeChanged()) {
      afterUnlock().tellChange();
    }
    AfterUnlock result = afterUnlock;
    afterUnlock = null;
    return result;
  }

  /** The next turn without a scope; null if every token is benched. To be called when advanced. */
  @Nullable Turn next(Moment moment) {
    return next(lanes, moment);
  }

  @Nullable Turn next(ScopeLane lane, Moment moment) {
    if (lane.turns.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = lane.turns.next();
    slot.served++;
    long number = ++turn;
    return slot.isPlain()
        ? new Turn(slot.token, number, false, right.serial())
        : charged(slot, number, moment);
  }

  /** Reserves what the turn uses before anybody has it, and benches the token if that is all. */
  private Turn charged(Slot slot, long number, Moment moment) {
    Limiter limiter = slot.limiter();
    if (limiter != null) {
      limiter.charge(number, moment);
      if (limiter.isLong() || right.savesFirst()) {
        unsaved().usage(slot);
      }
    }
    Quarantine quarantine = slot.health().quarantine();
    if (quarantine != null) {
      probe(slot, quarantine, number, moment);
    }
    bench.review(slot, moment);
    return new Turn(slot.token, number, quarantine != null, right.serial());
  }

  private void probe(Slot slot, Quarantine quarantine, long number, Moment moment) {
    Quarantine probed = quarantine.probed(moment.instant(), number, settings.maxProbeDelay());
    adopt(slot, slot.health().withQuarantine(probed), moment);
  }

  private void adopt(Slot slot, Health fresh, Moment moment) {
    if (!fresh.equals(slot.health())) {
      slot.state().adopt(fresh, moment);
      unsaved().health(slot);
    }
  }

  /** Up to {@code count} turns, until their texts have {@code maxBytes}; null if there is none. */
  @Nullable List<Turn> next(ScopeLane lane, int count, int maxBytes, Moment moment) {
    List<Turn> turns = new ArrayList<>(Math.min(count, 1_000));
    int bytes = 0;
    while (turns.size() < count && bytes < maxBytes) {
      Turn turn = next(lane, moment);
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
   * One of an earlier right stays: others may have gone on since from before it, and then its
   * number, and what seems to be of it, are somebody else's.
   *
   * @param charged when it was handed out; null if that is not known to the nanosecond
   */
  void giveBack(@Nullable ScopeLane lane, Turn given, @Nullable Moment charged, Moment moment) {
    if (given.right() != right.serial()) {
      return;
    }
    Slot slot = find(given.token().id());
    if (slot != null) {
      refund(slot, given, charged, moment);
    }
    if (given.number() == turn) {
      turn--;
      if (slot != null && lane != null) {
        lane.turns.undo(slot);
      }
    }
  }

  private void refund(Slot slot, Turn given, @Nullable Moment charged, Moment moment) {
    slot.served--;
    Limiter limiter = slot.limiter();
    if (limiter != null) {
      limiter.refund(given.number(), charged, moment);
      if (limiter.isLong() || right.savesFirst()) {
        unsaved().usage(slot);
      }
    }
    Quarantine quarantine = slot.health().quarantine();
    if (quarantine != null && quarantine.probeTurn() == given.number()) {
      Quarantine due = quarantine.unprobed((charged == null ? moment : charged).instant());
      adopt(slot, slot.health().withQuarantine(due), moment);
    }
    bench.review(slot, moment);
  }

  /** The next token to be leased; null if there is none. */
  @Nullable Token hold(ScopeLane lane, int maxHolds, Moment moment) {
    if (bench.maxHolds != maxHolds) {
      bench.maxHolds = maxHolds;
      bench.leased().forEach(slot -> bench.review(slot, moment));
    }
    TurnOrder leases = lane.leases();
    if (leases.ready() == 0 || bench.isPaused()) {
      return null;
    }
    Slot slot = leases.next();
    slot.state().holds++;
    bench.review(slot, moment);
    return slot.token;
  }

  /** Undoes {@link #hold}, the order of leases too. */
  void giveBack(@Nullable ScopeLane lane, Slot slot, Moment moment) {
    unhold(slot, moment);
    if (lane != null && lane.leases != null) {
      lane.leases.giveBack(slot);
    }
  }

  /** Ends one hold of this broker; nothing happens if there is none. */
  void unhold(Slot slot, Moment moment) {
    TokenState state = slot.known();
    if (state != null && state.holds > 0) {
      state.holds--;
      bench.review(slot, moment);
    }
  }

  void leased(TokenId token, RemoteHolds news, Moment moment) {
    Slot slot = find(token);
    if (slot != null) {
      slot.state().leasedElsewhere(news);
      bench.review(slot, moment);
    }
  }

  /** The slot of a token; null if the account has no such token. */
  @Nullable Slot find(TokenId id) {
    return Slots.find(slots, id);
  }

  /** Takes a report; throws, and then changes nothing, if its scope finds no room. */
  Reported report(
      Slot slot, long reportedTurn, List<UpstreamBudget> budgets, ReportRule judge, Moment moment) {
    TokenState state = slot.state();
    if (state.isReported(reportedTurn)) {
      return new Reported(state(slot, moment), state.health, true);
    }
    Verdict verdict = judge.judge(state.health, health, moment.instant());
    lanes.makeFor(verdict.health(), state, this, moment);
    state.remember(reportedTurn);
    if (state.limiter != null && state.limiter.release(reportedTurn) && right.savesFirst()) {
      unsaved().usage(slot);
    }
    adopt(slot, verdict.health(), moment);
    bench.reviewScopes(slot, moment);
    setHealth(verdict.account(), moment);
    verdict.others().forEach((other, change) -> change(other, change, moment));
    tell(slot, reportedTurn, budgets, moment);
    bench.review(slot, moment);
    return new Reported(state(slot, moment), state.health, false);
  }

  private void change(TokenId token, UnaryOperator<Health> change, Moment moment) {
    Slot slot = find(token);
    if (slot != null) {
      change(slot, change.apply(slot.health()), moment);
    }
  }

  private void change(Slot slot, Health fresh, Moment moment) {
    adopt(slot, fresh, moment);
    bench.reviewScopes(slot, moment);
    bench.review(slot, moment);
  }

  private void setHealth(AccountHealth fresh, Moment moment) {
    Instant pausedUntil = fresh.pausedUntil();
    if (pausedUntil == null || !pausedUntil.isAfter(moment.instant())) {
      bench.setPause(null);
    } else if (!pausedUntil.equals(health.pausedUntil())) {
      bench.setPause(new Hold(BenchReason.PAUSE, Deadline.after(pausedUntil, moment)));
    }
    health = fresh;
  }

  private void tell(Slot slot, long reportedTurn, List<UpstreamBudget> budgets, Moment moment) {
    if (budgets.isEmpty()) {
      return;
    }
    Limiter limiter = slot.limiter();
    if (limiter == null) {
      limiter = limit(slot, moment);
    }
    // nothing is remembered of tokens without limits; all tokens have had about as many turns
    long estimate = Math.min(slot.served, Math.max(0, turn - reportedTurn) / slots.length);
    limiter.tell(budgets, reportedTurn, turn, estimate, moment);
    unsaved().usage(slot);
  }

  /** Makes a token as good as new. */
  void reset(Slot slot, Moment moment) {
    adopt(slot, Health.GOOD, moment);
    bench.reviewScopes(slot, moment);
    if (slot.limiter() != null) {
      slot.state().limiter = null;
      unsaved().usageVoid(slot);
      if (Limiter.isNeeded(slot.limits(limits), List.of())) {
        var unused = limit(slot, moment);
      }
    }
    bench.review(slot, moment);
  }

  long turn() {
    return turn;
  }

  Position position() {
    return new Position(turn, lanes.marks(settings.maxScopes()));
  }

  /** The state without the tokens. */
  AccountState head() {
    return new AccountState(
        account, turn, slots.length, bench.ready(slots.length), List.of(), waiters());
  }

  TokenStatus state(Slot slot, Moment moment) {
    if (!slot.isPlain()) {
      // after a step of the wall clock another bench may be the longest
      bench.review(slot, moment);
    }
    return States.of(slot, bench, moment);
  }
}
