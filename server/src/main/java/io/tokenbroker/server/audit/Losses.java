package io.tokenbroker.server.audit;

import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What was not written because there was no room left to wait; it is counted. Thread-safe. */
final class Losses {
  private final LongAdder turns = new LongAdder();
  private final LongAdder records = new LongAdder();

  void lost(Work work) {
    if (work instanceof TurnChunk chunk) {
      turns.add(chunk.count());
    } else {
      records.increment();
    }
  }

  /** A record of all that was lost since the last one; null if nothing was. */
  @Nullable AuditRecord take(Instant now) {
    long lostTurns = turns.sumThenReset();
    long lostRecords = records.sumThenReset();
    return lostTurns == 0 && lostRecords == 0
        ? null
        : new AuditRecord("lost", now).put("turns", lostTurns).put("records", lostRecords);
  }
}
