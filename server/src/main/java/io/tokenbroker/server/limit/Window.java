package io.tokenbroker.server.limit;

import io.tokenbroker.server.clock.Deadline;
import io.tokenbroker.server.clock.Moment;
import io.tokenbroker.server.model.Usage;
import io.tokenbroker.server.model.Usage.Charge;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rate limit: a log of the turns of the last window. Exact up to {@link #EXACT} turns; with more
 * of them, those within a {@link #EXACT}th of the window count together until the newest leaves, so
 * that there are never more turns in any span of the window, and at most that part of it is lost.
 * Guarded by the stripe of its account.
 */
final class Window {
  private static final int EXACT = 256;
  private static final Duration LONG = Duration.ofMinutes(1);

  /** For how many entries there is room at first. */
  private static final int FEW = 8;

  final Duration length;
  private final long windowNanos;
  private final long limit;
  private final long mergeNanos;

  // a ring of entries, the oldest at head
  private long[] oldest = new long[FEW];
  private long[] newest = new long[FEW];
  private long[] counts = new long[FEW];
  private int head;
  private int size;
  private long total;

  /** How many of the newest no store knows of yet, and how many of these are just being saved. */
  private long unsaved;

  private long saving;

  /** Of those that are just being saved, how many have been given back since. */
  private long returned;

  /**
   * @param limit how many turns, from 1
   */
  Window(Duration length, Duration margin, long limit) {
    this.length = length;
    this.windowNanos = length.plus(margin).toNanos();
    this.limit = limit;
    this.mergeNanos = limit <= EXACT ? 0 : windowNanos / EXACT;
  }

  void charge(long nanos) {
    add(nanos, 1);
    unsaved++;
  }

  private void add(long nanos, long count) {
    expire(nanos);
    int last = place(size - 1);
    if (size > 0 && (newest[last] == nanos || nanos - oldest[last] < mergeNanos)) {
      newest[last] = nanos;
      counts[last] += count;
    } else {
      append(nanos, count);
    }
    total += count;
  }

  /** Undoes a charge, unless it has left; where charges count together, the newest stays. */
  void refund(long charged, long nanos) {
    if (nanos - charged >= windowNanos) {
      return;
    }
    long behind = total;
    for (int i = 0; i < size; i++) {
      int place = place(i);
      behind -= counts[place];
      if (newest[place] >= charged) {
        if (behind < unsaved - saving) {
          unsaved--;
        } else if (behind < unsaved - returned) {
          returned++;
        }
        total--;
        counts[place]--;
        if (counts[place] == 0) {
          remove(i);
        }
        return;
      }
    }
  }

  private void remove(int index) {
    for (int i = index; i < size - 1; i++) {
      int place = place(i);
      int behind = place(i + 1);
      oldest[place] = oldest[behind];
      newest[place] = newest[behind];
      counts[place] = counts[behind];
    }
    size--;
  }

  private void append(long nanos, long count) {
    if (size == counts.length) {
      oldest = straight(oldest);
      newest = straight(newest);
      counts = straight(counts);
      head = 0;
    }
    int place = place(size++);
    oldest[place] = nanos;
    newest[place] = nanos;
    counts[place] = count;
  }

  /** Twice as long, and beginning at 0. */
  private long[] straight(long[] ring) {
    long[] longer = Arrays.copyOf(Arrays.copyOfRange(ring, head, ring.length), 2 * ring.length);
    System.arraycopy(ring, 0, longer, ring.length - head, head);
    return longer;
  }

  private int place(int index) {
    return (head + index + counts.length) % counts.length;
  }

  private void expire(long nanos) {
    while (size > 0 && nanos - newest[head] >= windowNanos) {
      total -= counts[head];
      head = place(1);
      size--;
    }
  }

  /** When another turn fits; {@link Deadline#OVER} if one fits now. */
  long untilNanos(long nanos) {
    expire(nanos);
    long over = total - limit;
    long until = Deadline.OVER;
    for (int i = 0; i < size && over >= 0; i++) {
      int place = place(i);
      over -= counts[place];
      until = newest[place] + windowNanos;
    }
    return until;
  }

  /** Goes on from another one, of another length or limit. */
  void resume(Window before) {
    for (int i = 0; i < before.size; i++) {
      int place = before.place(i);
      add(before.newest[place], before.counts[place]);
    }
    boolean same = before.length.equals(length);
    // under a new name nothing has been saved
    unsaved = same ? before.unsaved : total;
    saving = same ? before.saving : 0;
    returned = same ? before.returned : 0;
  }

  boolean isEmpty(long nanos) {
    expire(nanos);
    return size == 0;
  }

  /** What it has come to hold with use, in bytes of the heap. */
  int usedBytes() {
    return 3 * Long.BYTES * (counts.length - FEW);
  }

  boolean isLong() {
    return length.compareTo(LONG) >= 0;
  }

  String name() {
    return Usage.RATE + length;
  }

  /** What no store knows of yet: the newest turns. */
  Usage export(Moment moment) {
    expire(moment.nanos());
    // not saved, as it seems: then neither are those that were given back
    unsaved -= returned;
    returned = 0;
    saving = unsaved;
    int first = size;
    long left = unsaved;
    while (first > 0 && left > 0) {
      left -= counts[place(--first)];
    }
    // of the oldest of these entries, a part may have been saved before
    long known = Math.max(0, -left);
    List<Charge> charges = new ArrayList<>();
    int each = Math.max(1, (size - first + Usage.MAX_CHARGES - 1) / Usage.MAX_CHARGES);
    for (int i = first; i < size; i += each) {
      long count = -known;
      known = 0;
      int last = Math.min(i + each, size) - 1;
      for (int j = i; j <= last; j++) {
        count += counts[place(j)];
      }
      long ago = Math.floorDiv(moment.nanos() - newest[place(last)], Moment.NANOS_PER_MILLI);
      charges.add(new Charge(Instant.ofEpochMilli(moment.millis() - ago), count));
    }
    return new Usage(name(), charges);
  }

  /** What was exported last is saved. */
  void saved() {
    unsaved -= saving;
    saving = 0;
    returned = 0;
  }

  void restore(Usage usage, Moment moment) {
    for (Charge charge : usage.charges()) {
      long ago = moment.millis() - charge.time().toEpochMilli();
      // a time to come is that of another clock
      long since = Math.max(0, Math.min(ago, windowNanos / Moment.NANOS_PER_MILLI + 1));
      add(moment.nanos() - since * Moment.NANOS_PER_MILLI, charge.count());
    }
  }
}
