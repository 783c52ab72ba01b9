package io.tokenbroker.server.rotation;

import io.tokenbroker.server.clock.Moment;
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
 * The lanes of an account: that of requests without a scope, which is this, and one for each scope
 * that was asked for or has a cooldown; the same again for callers that are confined to some
 * tokens. Guarded by the stripe of its account.
 */
final class ScopeLanes extends ScopeLane {
  /** By their names; what those for confined callers are confined to is below. */
  private Map<Scope, NamedLane> scoped = Map.of();

  private Map<Labels, Confinement> confinements = Map.of();

  /** Where lanes stood that have not been asked for since. */
  private Map<Scope, List<Mark>> saved = Map.of();

  ScopeLanes(TurnOrder turns) {
    super(turns);
  }

  @Override
  Scope scope() {
    return Scope.ALL;
  }

  boolean hasScopes() {
    return !scoped.isEmpty();
  }

  Collection<NamedLane> scoped() {
    return scoped.values();
  }

  List<ScopeLane> each() {
    List<ScopeLane> lanes = new ArrayList<>(1 + scoped.size());
    lanes.add(this);
    lanes.addAll(scoped.values());
    return lanes;
  }

  /** The orders of turns and of leases. */
  int lines() {
    int lines = leases == null ? 1 : 2;
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
    return isHere(scope) ? this : scoped.get(scope);
  }

  private static boolean isHere(Scope scope) {
    return scope.isAll() && !scope.isConfined();
  }

  /** The tokens that cool for the scope of a lane alone, whoever asks; null if there are none. */
  @Nullable BenchTimers cooling(ScopeLane lane) {
    ScopeLane ofAll = lane.confinement() == null ? lane : present(lane.scope());
    return ofAll == null ? null : ofAll.cooling();
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
    for (NamedLane lane : scoped.values()) {
      for (Slot due = lane.due(moment); due != null; due = lane.due(moment)) {
        changed |= confinements.isEmpty() ? lane.placeHere(due) : place(due);
      }
    }
    return changed;
  }

  /** The lane of a scope, made if need be. */
  ScopeLane get(Scope scope, Rotation rotation, Moment moment) {
    return isHere(scope) ? this : named(scope, rotation, moment);
  }

  private NamedLane named(Scope scope, Rotation rotation, Moment moment) {
    NamedLane lane = scoped.get(scope);
    if (lane == null) {
      NamedLane idle = makeRoom(1, rotation);
      lane = add(idle == null ? fresh(scope) : inPlaceOf(idle, scope), moment);
    }
    lane.usedNanos = moment.nanos();
    return lane;
  }

  private NamedLane inPlaceOf(NamedLane idle, Scope scope) {
    if (!scope.isConfined() && !idle.name.isConfined()) {
      return new NamedLane(scope, idle);
    }
    NamedLane lane = fresh(scope);
    if (idle.name.labels().equals(scope.labels())) {
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
  @Nullable NamedLane makeRoom(int more, Rotation rotation) {
    int maxScopes = rotation.settings.maxScopes();
    NamedLane gone = null;
    while (scoped.size() + more > maxScopes) {
      gone =
          scoped.values().stream()
              .filter(ScopeLane::isIdle)
              .min(Comparator.comparingLong(lane -> lane.usedNanos))
              .orElseThrow(() -> BrokerException.tooManyScopes(rotation.account, maxScopes));
      remove(gone);
    }
    return gone;
  }

  /** Makes a lane without regard to the bound: for cooldowns that were within it once. */
  NamedLane make(Scope scope, Moment moment) {
    return add(fresh(scope), moment);
  }

  /**
   * For each scope of a cooldown that has none; fails if there is no room for all of them.
   *
   * @param state of the token that is about to have the health
   */
  void makeFor(Health health, TokenState state, Rotation rotation, Moment moment) {
    Instant instant = moment.instant();
    List<Scope> missing = new ArrayList<>();
    health
        .cooldowns()
        .forEach(
            (scope, cooldown) -> {
              if (cooldown.until().isAfter(instant)
                  && present(scope) == null
                  // a delay that has ended does not come back with the clock
                  && state.lasts(scope, cooldown, moment)) {
                missing.add(scope);
              }
            });
    if (!missing.isEmpty()) {
      makeRoom(missing.size(), rotation);
      missing.forEach(scope -> make(scope, moment));
    }
  }

  private void remove(NamedLane gone) {
    scoped.remove(gone.name);
    Labels labels = gone.name.labels();
    if (gone.confinement() != null
        && scoped.keySet().stream().noneMatch(name -> name.labels().equals(labels))) {
      confinements.remove(labels);
    }
  }

  private NamedLane fresh(Scope scope) {
    if (!scope.isConfined()) {
      return new NamedLane(scope, new TurnOrder(turns));
    }
    if (confinements.isEmpty()) {
      confinements = new HashMap<>();
    }
    NamedLane lane =
        new NamedLane(
            scope,
            confinements.computeIfAbsent(scope.labels(), labels -> new Confinement(labels, turns)));
    BenchTimers cooling = cooling(lane);
    if (cooling != null) {
      cooling.slots().forEach(lane::placeHere);
    }
    return lane;
  }

  private NamedLane add(NamedLane lane, Moment moment) {
    lane.usedNanos = moment.nanos();
    if (scoped.isEmpty()) {
      scoped = new LinkedHashMap<>();
    }
    scoped.put(lane.name, lane);
    List<Mark> marks = saved.isEmpty() ? null : saved.remove(lane.name);
    if (marks != null) {
      lane.turns.resume(marks, lane.name);
    }
    return lane;
  }

  /** Puts a token where its benches say, in every lane; tells whether that is a change. */
  boolean place(Slot slot) {
    boolean changed = placeHere(slot);
    if (!confinements.isEmpty()) {
      confinements.values().forEach(one -> one.place(slot));
    }
    if (!scoped.isEmpty()) {
      for (ScopeLane lane : scoped.values()) {
        changed |= lane.placeHere(slot);
      }
    }
    return changed;
  }

  /**
   * Takes in tokens that are on no bench yet; each is to be placed once it is where it belongs.
   *
   * @param rings all slots of each then
   */
  void grow(Slot[] added, Slot[][] rings) {
    growHere(rings);
    confinements.values().forEach(one -> one.grow(added, rings));
    scoped.values().forEach(lane -> lane.growHere(rings));
  }

  /** A token is about to have other settings, or to be removed. */
  void leave(Slot slot) {
    confinements.values().forEach(one -> one.leave(slot));
  }

  /** It has other settings, and is to be placed. */
  void join(Slot slot) {
    confinements.values().forEach(one -> one.join(slot));
  }

  /** After a change of tokens: {@link TurnOrder#restart}. */
  void restart() {
    restartHere();
    scoped.values().forEach(ScopeLane::restartHere);
  }

  void remove(Slot slot) {
    removeHere(slot);
    confinements.values().forEach(one -> one.remove(slot));
    scoped.values().forEach(lane -> lane.removeHere(slot));
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
    turns.resume(before.turns);
    resumeLeases(this, before);
    for (NamedLane old : before.scoped.values()) {
      NamedLane lane = scoped.get(old.name);
      if (lane == null) {
        lane = make(old.name, moment);
      }
      lane.usedNanos = old.usedNanos;
      lane.turns.resume(old.turns);
      resumeLeases(lane, old);
    }
  }

  private static void resumeLeases(ScopeLane lane, ScopeLane old) {
    if (old.leases != null) {
      lane.leases().resume(old.leases);
    }
  }

  /**
   * @param maxScopes as many as are to be saved
   */
  List<Mark> marks(int maxScopes) {
    if (scoped.isEmpty() && saved.isEmpty()) {
      return turns.marks(Scope.ALL);
    }
    List<Mark> marks = new ArrayList<>(turns.marks(Scope.ALL));
    scoped.values().stream()
        .filter(lane -> lane.confinement() == null)
        .forEach(lane -> marks.addAll(lane.turns.marks(lane.scope())));
    if (scoped.size() + saved.size() <= maxScopes) {
      saved.values().forEach(marks::addAll);
    }
    return marks;
  }
}
