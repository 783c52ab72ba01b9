package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BenchReason;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.model.Health;
import io.tokenbroker.server.model.Labels;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The lanes of an account: one for requests without a scope, and one for each scope that was asked
 * for or has a cooldown; the same again for callers that are confined to some tokens. Guarded by
 * the stripe of its account.
 */
final class ScopeLanes {
  final ScopeLane all;
  private final AccountId account;
  private final int maxScopes;
  private final List<Slot> slots;

  /** All but one; each of them, if it is for confined callers, has its confinement below. */
  private Map<Scope, ScopeLane> scoped = Map.of();

  private Map<Labels, Confinement> confinements = Map.of();

  /** Where lanes stood that have not been asked for since. */
  private Map<Scope, List<Mark>> saved = Map.of();

  ScopeLanes(AccountId account, int maxScopes, Slots slots) {
    this.slots = slots.inOrder();
    this.account = account;
    this.maxScopes = maxScopes;
    this.all = new ScopeLane(Scope.ALL, new TurnOrder(slots.rings().toArray(Ring[]::new)));
  }

  boolean hasScopes() {
    return !scoped.isEmpty();
  }

  Collection<ScopeLane> scoped() {
    return scoped.values();
  }

  List<ScopeLane> each() {
    List<ScopeLane> lanes = new ArrayList<>(1 + scoped.size());
    lanes.add(all);
    lanes.addAll(scoped.values());
    return lanes;
  }

  /** The orders of turns and of leases. */
  int lines() {
    int lines = all.leases == null ? 1 : 2;
    for (ScopeLane lane : scoped.values()) {
      lines += lane.leases == null ? 1 : 2;
    }
    return lines + confinements.size();
  }

  /** Of how many scopes the place is known that have no lane. */
  int saved() {
    return saved.size();
  }

  @Nullable ScopeLane present(Scope scope) {
    return scope.isAll() && !scope.isConfined() ? all : scoped.get(scope);
  }

  /** The tokens that cool for the scope of a lane alone, whoever asks; null if there are none. */
  @Nullable BenchTimers cooling(ScopeLane lane) {
    ScopeLane ofAll = lane.confinement == null ? lane : present(lane.scope.ofAllTokens());
    return ofAll == null ? null : ofAll.cooling;
  }

  /** What is on the bench of all tokens has changed. */
  void count(Slot slot, @Nullable BenchReason from, @Nullable BenchReason to) {
    if (!confinements.isEmpty()) {
      confinements.values().forEach(one -> one.count(slot, from, to));
    }
  }

  /** Moves back what is ready in one scope; tells whether that is a change. */
  boolean advance(Moment moment) {
    boolean changed = false;
    for (ScopeLane lane : scoped.values()) {
      for (Slot due = lane.due(moment); due != null; due = lane.due(moment)) {
        changed |= confinements.isEmpty() ? lane.place(due) : place(due);
      }
    }
    return changed;
  }

  /** The lane of a scope, made if need be. */
  ScopeLane get(Scope scope, Moment moment) {
    ScopeLane lane = present(scope);
    if (lane == null) {
      ScopeLane idle = makeRoom(1);
      lane = add(idle == null ? fresh(scope) : inPlaceOf(idle, scope), moment);
    }
    lane.usedNanos = moment.nanos();
    return lane;
  }

  private ScopeLane inPlaceOf(ScopeLane idle, Scope scope) {
    if (!scope.isConfined() && !idle.scope.isConfined()) {
      return new ScopeLane(scope, idle);
    }
    ScopeLane lane = fresh(scope);
    if (idle.scope.labels().equals(scope.labels())) {
      lane.turns.resume(idle.turns);
    }
    return lane;
  }

  /**
   * For so many scopes more, or fails: the ones that were asked for the longest ago go, of those
   * that nothing depends on. Where they stood is forgotten.
   *
   * @return the last one that went; null if there was room
   */
  @Nullable ScopeLane makeRoom(int more) {
    ScopeLane gone = null;
    while (scoped.size() + more > maxScopes) {
      gone =
          scoped.values().stream()
              .filter(ScopeLane::isIdle)
              .min(Comparator.comparingLong(lane -> lane.usedNanos))
              .orElseThrow(() -> BrokerException.tooManyScopes(account, maxScopes));
      remove(gone);
    }
    return gone;
  }

  /** Makes a lane without regard to the bound: for cooldowns that were within it once. */
  ScopeLane make(Scope scope, Moment moment) {
    return add(fresh(scope), moment);
  }

  /** For each scope of a cooldown that has none; fails if there is no room for all of them. */
  void makeFor(Health health, Moment moment) {
    Instant instant = moment.instant();
    List<Scope> missing = new ArrayList<>();
    health
        .cooldowns()
        .forEach(
            (scope, cooldown) -> {
              if (cooldown.until().isAfter(instant) && present(scope) == null) {
                missing.add(scope);
              }
            });
    if (!missing.isEmpty()) {
      makeRoom(missing.size());
      missing.forEach(scope -> make(scope, moment));
    }
  }

  private void remove(ScopeLane gone) {
    scoped.remove(gone.scope);
    Labels labels = gone.scope.labels();
    if (gone.confinement != null
        && scoped.keySet().stream().noneMatch(scope -> scope.labels().equals(labels))) {
      confinements.remove(labels);
    }
  }

  private ScopeLane fresh(Scope scope) {
    if (!scope.isConfined()) {
      return new ScopeLane(scope, new TurnOrder(all.turns));
    }
    if (confinements.isEmpty()) {
      confinements = new HashMap<>();
    }
    ScopeLane lane =
        new ScopeLane(
            scope,
            confinements.computeIfAbsent(
                scope.labels(), labels -> new Confinement(labels, all.turns, slots)));
    BenchTimers cooling = cooling(lane);
    if (cooling != null) {
      cooling.slots().forEach(lane::place);
    }
    return lane;
  }

  private ScopeLane add(ScopeLane lane, Moment moment) {
    lane.usedNanos = moment.nanos();
    if (scoped.isEmpty()) {
      scoped = new LinkedHashMap<>();
    }
    scoped.put(lane.scope, lane);
    List<Mark> marks = saved.isEmpty() ? null : saved.remove(lane.scope);
    if (marks != null) {
      lane.turns.resume(marks, lane.scope);
    }
    return lane;
  }

  /** Puts a token where its benches say, in every lane; tells whether that is a change. */
  boolean place(Slot slot) {
    boolean changed = all.place(slot);
    if (!confinements.isEmpty()) {
      confinements.values().forEach(one -> one.place(slot));
    }
    if (!scoped.isEmpty()) {
      for (ScopeLane lane : scoped.values()) {
        changed |= lane.place(slot);
      }
    }
    return changed;
  }

  void resume(List<Mark> marks) {
    marks.stream()
        .collect(Collectors.groupingBy(Mark::scope))
        .forEach(
            (scope, ofScope) -> {
              ScopeLane lane = present(scope);
              if (lane == null) {
                if (saved.isEmpty()) {
                  saved = new LinkedHashMap<>();
                }
                saved.put(scope, ofScope);
              } else {
                lane.turns.resume(ofScope, scope);
              }
            });
  }

  void resume(ScopeLanes before, Moment moment) {
    saved = before.saved;
    all.turns.resume(before.all.turns);
    resumeLeases(all, before.all);
    for (ScopeLane old : before.scoped.values()) {
      ScopeLane lane = scoped.get(old.scope);
      if (lane == null) {
        lane = make(old.scope, moment);
      }
      lane.usedNanos = old.usedNanos;
      lane.turns.resume(old.turns);
      resumeLeases(lane, old);
    }
  }

  private void resumeLeases(ScopeLane lane, ScopeLane old) {
    if (old.leases != null) {
      lane.leases(slots).resume(old.leases);
    }
  }

  List<Mark> marks() {
    List<Mark> marks = new ArrayList<>(all.turns.marks(Scope.ALL));
    scoped.values().stream()
        .filter(lane -> lane.confinement == null)
        .forEach(lane -> marks.addAll(lane.turns.marks(lane.scope)));
    if (scoped.size() + saved.size() <= maxScopes) {
      saved.values().forEach(marks::addAll);
    }
    return marks;
  }
}
