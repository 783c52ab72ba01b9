package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The turns of a token that nobody has reported yet, and when each is no longer taken for being in
 * use. Guarded by the stripe of its account.
 */
final class TurnsInUse {
  /** So many of the newest are told by their numbers, all others by how many they are. */
  static final int MAX_NUMBERED = 256;

  /** Those without a number are told in so many parts at most. */
  private static final int PARTS = 16;

  private static final int BYTES = 100;

  private final long timeoutNanos;

  /** By turn, in the order of their ends; below 0 those that can't be told by their number. */
  private final LinkedHashMap<Long, Long> ends = new LinkedHashMap<>();

  /** Grows downwards: the last one that was given to a turn without a number. */
  private long nameless;

  TurnsInUse(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
  }

  void add(long turn, Moment moment) {
    put(turn, moment.nanos() + timeoutNanos);
  }

  /** A number that is there already is another turn's: a crash has made it come again. */
  private void put(long turn, long end) {
    if (turn <= 0 || ends.putIfAbsent(turn, end) != null) {
      ends.put(--nameless, end);
    }
  }

  /** Tells whether it was in use. */
  boolean remove(long turn) {
    return ends.remove(turn) != null;
  }

  /** When there are fewer than so many; {@link Deadline#OVER} if there are. */
  long untilNanos(int most, Moment moment) {
    int over = ends.size() - most;
    long until = Deadline.OVER;
    var times = ends.values().iterator();
    while (over >= 0 && times.hasNext()) {
      long time = times.next();
      if (time <= moment.nanos()) {
        times.remove();
        over--;
      } else {
        until = time;
        over--;
      }
    }
    return until;
  }

  /** Whether all that were have ended. */
  boolean isOver(Moment moment) {
    for (long end : ends.values()) {
      if (end > moment.nanos()) {
        return false;
      }
    }
    return true;
  }

  boolean isEmpty() {
    return ends.isEmpty();
  }

  /** What they take of the heap, about. */
  int bytes() {
    return BYTES * ends.size();
  }

  /** All of them, to be added to what others have in use. */
  Usage export(Moment moment) {
    List<Charge> turns = new ArrayList<>();
    ends.forEach(
        (turn, end) -> {
          if (end > moment.nanos()) {
            turns.add(new Charge(time(end, moment), Math.max(turn, -1)));
          }
        });
    return new Usage(Usage.IN_USE, turns);
  }

  /** All of them, to take the place of what was saved before. */
  Usage exportAll(Moment moment) {
    List<Charge> numbered = new ArrayList<>();
    List<Charge> nameless = new ArrayList<>();
    int numbers = 0;
    for (long turn : ends.keySet()) {
      numbers += turn > 0 ? 1 : 0;
    }
    for (Map.Entry<Long, Long> entry : ends.entrySet()) {
      long turn = entry.getKey();
      long end = entry.getValue();
      boolean named = turn > 0 && numbers-- <= MAX_NUMBERED;
      if (end > moment.nanos()) {
        (named ? numbered : nameless).add(new Charge(time(end, moment), named ? turn : -1));
      }
    }
    List<Charge> all = together(nameless);
    all.addAll(numbered);
    return new Usage(Usage.ALL_IN_USE, all);
  }

  /** Several count until the last of them ends. */
  private static List<Charge> together(List<Charge> nameless) {
    List<Charge> parts = new ArrayList<>();
    int each = Math.max(1, (nameless.size() + PARTS - 1) / PARTS);
    for (int i = 0; i < nameless.size(); i += each) {
      List<Charge> part = nameless.subList(i, Math.min(i + each, nameless.size()));
      Instant last = part.get(0).time();
      for (Charge one : part) {
        last = one.time().isAfter(last) ? one.time() : last;
      }
      parts.add(new Charge(last, -part.size()));
    }
    return parts;
  }

  private static Instant time(long end, Moment moment) {
    long left = (end - moment.nanos()) / Moment.NANOS_PER_MILLI;
    return Instant.ofEpochMilli(moment.millis() + left);
  }

  void restore(Usage usage, Moment moment) {
    List<Charge> charges = new ArrayList<>(usage.charges());
    charges.sort(Comparator.comparing(Charge::time));
    for (Charge charge : charges) {
      long left = (charge.time().toEpochMilli() - moment.millis()) * Moment.NANOS_PER_MILLI;
      long end = moment.nanos() + Math.min(left, timeoutNanos);
      long count = left <= 0 ? 0 : Math.max(1, -charge.count());
      for (long i = 0; i < count; i++) {
        put(charge.count(), end);
      }
    }
  }
}
