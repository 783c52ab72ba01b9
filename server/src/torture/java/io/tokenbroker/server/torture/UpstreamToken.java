package io.tokenbroker.server.torture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What an upstream knows of the calls with one token, by its own monotonic clock in nanoseconds.
 * Guarded by itself.
 *
 * <p>It sees when a call arrives, and not when its turn was handed out, which is what the broker
 * counts: calls are under way for as long as their callers, the network and the scheduler please.
 * But each call tells a time of this clock that had been before its caller asked for the turn. So
 * the turn was handed out at some moment between the two, and only what can't be otherwise is held
 * against the broker:
 *
 * <ul>
 *   <li><b>A limit was exceeded</b> if of more calls than fit into a window the last arrived sooner
 *       than a window after the first of them was asked for: then all were handed out within it.
 *       ({@code rotation.limit_margin} is on the broker's side alone: it makes a call that arrives
 *       early rare, and nothing here is forgiven for it.)
 *   <li><b>A cooldown was disobeyed</b> if a turn was asked for after its report had been answered,
 *       and the call arrived before the cooldown's end.
 *   <li><b>Too many at once</b> if more calls are being answered than may be. A call is so between
 *       the answer that brought its turn and the report that ends it, so nothing is in doubt.
 * </ul>
 *
 * What an upstream in earnest would refuse is told as well, as it sees nothing but arrivals.
 */
final class UpstreamToken {
  private final UpstreamPlan plan;
  private final Deque<Call> calls = new ArrayDeque<>();
  private final List<Cooldown> cooldowns = new ArrayList<>();
  private int open;

  private record Call(long asked, long arrived) {}

  /** One that the upstream has announced. */
  private static final class Cooldown {
    final long id;
    final long end;
    long reported = Long.MAX_VALUE;

    Cooldown(long id, long end) {
      this.id = id;
      this.end = end;
    }
  }

  /**
   * What became of a call.
   *
   * @param early whether more have arrived within a window than fit into it
   * @param violations that it shows
   */
  record Arrival(boolean early, List<String> violations) {}

  UpstreamToken(UpstreamPlan plan) {
    this.plan = plan;
  }

  /**
   * A call begins.
   *
   * @param asked a time before its caller asked for the turn
   */
  synchronized Arrival arrive(long asked, long now) {
    List<String> violations = new ArrayList<>();
    long from = now - plan.windowNanos();
    calls.removeIf(call -> call.arrived <= from);
    calls.add(new Call(asked, now));
    long certain = calls.stream().filter(call -> call.asked > from).count();
    if (certain > plan.count()) {
      violations.add("limit exceeded: %d calls in a window of %d".formatted(certain, plan.count()));
    }
    cooldowns.removeIf(cooldown -> cooldown.end <= now);
    for (Cooldown cooldown : cooldowns) {
      if (asked >= cooldown.reported) {
        violations.add(
            "cooldown disobeyed: asked for %d ms after its report was answered, %d ms before its end"
                .formatted(
                    (asked - cooldown.reported) / 1_000_000, (cooldown.end - now) / 1_000_000));
      }
    }
    open++;
    if (open > plan.concurrent()) {
      violations.add("%d calls at once, for %d may be".formatted(open, plan.concurrent()));
    }
    return new Arrival(calls.size() > plan.count(), violations);
  }

  /** A call has been answered. */
  synchronized void leave() {
    open--;
  }

  /** Callers are told not to come for a while. */
  synchronized void cool(long id, long end) {
    cooldowns.add(new Cooldown(id, end));
  }

  /** The broker has answered the report of a cooldown; nothing happens if it is over. */
  synchronized void reported(long id, long now) {
    for (Cooldown cooldown : cooldowns) {
      if (cooldown.id == id) {
        cooldown.reported = Math.min(cooldown.reported, now);
      }
    }
  }
}
