package io.tokenbroker.server.torture.embedded;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was acknowledged, and what became of it. Thread-safe. */
final class Findings {
  private static final int MAX_TEXTS = 200;

  private final Map<String, Long> acknowledged = new ConcurrentSkipListMap<>();
  private final Map<String, Long> failures = new ConcurrentSkipListMap<>();
  private final Map<String, Long> lost = new ConcurrentSkipListMap<>();
  private final Map<String, Long> returned = new ConcurrentSkipListMap<>();
  private final Map<String, Long> other = new ConcurrentSkipListMap<>();
  private final LongAdder violations = new LongAdder();
  private final Collection<String> texts = new ConcurrentLinkedQueue<>();

  void acknowledged(String kind) {
    count(acknowledged, kind);
  }

  /** A call that failed, which is no violation. */
  void failed(String status) {
    count(failures, status);
  }

  /** Was acknowledged, and is not there. */
  void lost(String kind, String text) {
    violation(lost, kind, "lost: " + kind + ": " + text);
  }

  /** Its removal was acknowledged, and it is there. */
  void returned(String kind, String text) {
    violation(returned, kind, "returned: " + kind + ": " + text);
  }

  /** A part of what is to be whole or not at all. */
  void half(String text) {
    violation(other, "half", "half: " + text);
  }

  void other(String kind, String text) {
    violation(other, kind, kind + ": " + text);
  }

  private void violation(Map<String, Long> counts, String kind, String text) {
    count(counts, kind);
    violations.increment();
    if (texts.size() < MAX_TEXTS) {
      texts.add(text);
    }
  }

  private static void count(Map<String, Long> counts, String kind) {
    counts.merge(kind, 1L, Long::sum);
  }

  long violations() {
    return violations.sum();
  }

  long acknowledged() {
    return acknowledged.values().stream().mapToLong(Long::longValue).sum();
  }

  Collection<String> texts() {
    return texts;
  }

  @Override
  public String toString() {
    return "acknowledged %s; lost %s; returned %s; other violations %s; failed calls %s"
        .formatted(acknowledged, lost, returned, other, failures);
  }
}
