package io.tokenbroker.server.audit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The refusals of this second: the first of a kind is a record, further ones are counted. So who is
 * refused a million times does not fill the disk. Thread-safe.
 */
final class Refusals {
  /** Kinds in a second; what is beyond is counted together. */
  private static final int MAX_KINDS = 1_000;

  private static final Refusal OTHERS = new Refusal("", "", "", "", "", "");

  private final InstantSource clock;

  /** How many more of a kind there were. */
  @GuardedBy("this")
  private Map<Refusal, Long> more = new HashMap<>();

  Refusals(InstantSource clock) {
    this.clock = clock;
  }

  /** The record of the first of its kind; null for others. */
  synchronized @Nullable AuditRecord add(Refusal refusal) {
    Long before = more.get(refusal);
    if (before == null && more.size() < MAX_KINDS) {
      more.put(refusal, 0L);
      return body(refusal);
    }
    more.merge(before == null ? OTHERS : refusal, 1L, Long::sum);
    return null;
  }

  /** Makes records of what was counted, and begins anew. */
  void drain(Consumer<AuditRecord> records) {
    Map<Refusal, Long> counted;
    synchronized (this) {
      if (more.isEmpty()) {
        return;
      }
      counted = more;
      more = new HashMap<>();
    }
    counted.forEach(
        (refusal, count) -> {
          if (count > 0) {
            records.accept(body(refusal).put("more", count));
          }
        });
  }

  private AuditRecord body(Refusal refusal) {
    return new AuditRecord("refused", clock.instant())
        .putIfSet("caller", refusal.caller())
        .putIfSet("from", refusal.from())
        .putIfSet("method", refusal.method())
        .putIfSet("account", refusal.account())
        .putIfSet("result", refusal.result())
        .putIfSet("reason", refusal.reason());
  }
}
