package io.tokenbroker.server.rotation;

import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An order in which tokens are taken: rings, what interleaves them, and who waits. Guarded by the
 * stripe of its account.
 */
final class TurnOrder {
  /** The lightest. */
  private final Ring first;

  /** Of all rings; null if there is nothing to interleave: most accounts have one weight. */
  private final @Nullable EevdfScheduler scheduler;

  private int ready;

  /** How many turns were taken in this order. */
  private long taken;

  private @Nullable Contention contention;

  /** Moves to the new order at a refresh. */
  private @Nullable Waiters waiters;

  TurnOrder(Ring[] rings) {
    this.first = rings[0];
    this.scheduler = rings.length == 1 ? null : new EevdfScheduler(rings);
    for (Ring ring : rings) {
      ready += ring.readyCount();
    }
  }

  /** With the same tokens ready, at its start. */
  TurnOrder(TurnOrder like) {
    this(Arrays.stream(like.rings()).map(Ring::new).toArray(Ring[]::new));
  }

  /** One for each weight, the lightest first. */
  Ring[] rings() {
    return scheduler == null ? new Ring[] {first} : scheduler.rings;
  }

  private Ring ring(Slot slot) {
    return scheduler == null ? first : scheduler.rings[slot.ring()];
  }

  /** In all rings: as many as there are tokens, and those of tokens that were removed. */
  int places() {
    int places = 0;
    for (Ring ring : rings()) {
      places += ring.places();
    }
    return places;
  }

  /** From now on each ring has these: its own, and more behind them, which are not ready yet. */
  void grow(Slot[][] grown) {
    Ring[] rings = rings();
    for (int i = 0; i < rings.length; i++) {
      rings[i].grow(grown[i]);
    }
  }

  /** With all tokens, ready or not. */
  void forEach(Consumer<Slot> action) {
    for (Ring ring : rings()) {
      ring.forEach(action);
    }
  }

  /** Ideal shares count from now on, where they have changed: as after a refresh. */
  void restart() {
    if (scheduler != null) {
      scheduler.restartIfChanged();
    }
  }

  /** How many tokens are ready. */
  int ready() {
    return ready;
  }

  /** Tells whether that is a change. */
  boolean set(Slot slot, boolean isReady) {
    if (!ring(slot).set(slot, isReady)) {
      return false;
    }
    ready += isReady ? 1 : -1;
    if (scheduler != null) {
      scheduler.change();
    }
    return true;
  }

  /** The next ready token; there must be one. */
  Slot next() {
    taken++;
    return scheduler == null ? first.next() : scheduler.next().next();
  }

  /** Makes a token the next one again, unless another one was taken after it. */
  void giveBack(Slot slot) {
    if (ring(slot).isLast(slot)) {
      undo(slot);
    }
  }

  /** Undoes the last {@link #next}, which took this one. */
  void undo(Slot slot) {
    Ring ring = ring(slot);
    ring.undo(slot);
    if (scheduler != null) {
      scheduler.refund(ring);
    }
  }

  long taken() {
    return taken;
  }

  Contention contention() {
    if (contention == null) {
      contention = new Contention();
    }
    return contention;
  }

  boolean isWaitedFor() {
    return waiters != null && !waiters.isEmpty();
  }

  /** See {@link Waiters#sinceNanos}. */
  long waitedForSince() {
    return waiters == null ? Long.MAX_VALUE : waiters.sinceNanos();
  }

  Waiters waiters() {
    if (waiters == null) {
      waiters = new Waiters();
    }
    return waiters;
  }

  void resume(List<Mark> marks, Scope scope) {
    Ring[] rings = rings();
    double[] lags = new double[rings.length];
    for (Mark mark : marks) {
      for (int i = 0; i < rings.length; i++) {
        if (rings[i].weight == mark.weight() && mark.scope().equals(scope)) {
          rings[i].resumeBehind(mark.last());
          lags[i] = mark.lag();
        }
      }
    }
    if (scheduler != null) {
      scheduler.resume(lags);
    }
  }

  void resume(TurnOrder before) {
    for (Ring old : before.rings()) {
      for (Ring ring : rings()) {
        if (ring.weight == old.weight) {
          ring.resumeBehind(old.last());
        }
      }
    }
    if (scheduler != null && before.scheduler != null) {
      scheduler.resume(before.scheduler, sameReady(before));
    }
    waiters = before.waiters;
    taken = before.taken;
    contention = before.contention;
  }

  private boolean sameReady(TurnOrder other) {
    return Arrays.equals(rings(), other.rings(), (a, b) -> a.sameReady(b) ? 0 : 1);
  }

  List<Mark> marks(Scope scope) {
    if (scheduler == null) {
      return List.of(new Mark(scope, first.weight, first.last(), 0));
    }
    Ring[] rings = scheduler.rings;
    double[] lags = scheduler.marks();
    List<Mark> marks = new ArrayList<>(rings.length);
    for (int i = 0; i < rings.length; i++) {
      marks.add(new Mark(scope, rings[i].weight, rings[i].last(), lags[i]));
    }
    return marks;
  }
}
