package io.tokenbroker.server.audit;

import io.tokenbroker.server.log.Escape;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What was handed out since the last summary: a record for each recipient, with the numbers of the
 * turns of each token. Used by the thread that writes.
 */
final class TurnSummary {
  /** Bounds the memory, and so the length of a line. */
  private static final int MAX_BYTES = 2 * 1024 * 1024;

  private static final int MAP_BYTES = 160;
  private static final int NUMBER_BYTES = 16;

  private final Map<Recipient, Turns> turns = new HashMap<>();
  private final Map<Recipient, Map<String, Instant>> renewals = new HashMap<>();
  private int bytes;
  private Instant since;

  TurnSummary(Instant since) {
    this.since = since;
  }

  @SuppressWarnings("ReferenceEquality") // of one call it is the same; spares comparing texts
  void add(TurnChunk chunk) {
    Recipient last = null;
    Turns of = null;
    for (int i = 0; i < chunk.count(); i++) {
      Recipient to = chunk.recipients[i];
      String token = chunk.tokens[i];
      if (to == null || token == null) {
        throw new IllegalStateException("a chunk counts what it does not have");
      }
      if (of == null || to != last) {
        of = turns.computeIfAbsent(to, this::begin);
        last = to;
      }
      bytes += of.add(token, chunk.numbers[i]);
    }
  }

  private Turns begin(Recipient to) {
    bytes += to.bytes() + MAP_BYTES;
    return new Turns();
  }

  void add(Renewal renewal) {
    renewals
        .computeIfAbsent(renewal.to(), key -> new LinkedHashMap<>())
        .put(renewal.leaseId(), renewal.until());
    bytes += renewal.bytes() + MAP_BYTES;
  }

  boolean isFull() {
    return bytes >= MAX_BYTES;
  }

  /** Makes the records, and begins anew, but for {@link #since}. */
  void emit(Instant now, Consumer<AuditRecord> records) {
    turns.forEach((to, of) -> records.accept(of.record(to, since, now)));
    renewals.forEach((to, leases) -> records.accept(renewed(to, leases, now)));
    turns.clear();
    renewals.clear();
    bytes = 0;
  }

  /** All that went out before this time was added before. */
  void since(Instant time) {
    since = time;
  }

  private static AuditRecord renewed(Recipient to, Map<String, Instant> leases, Instant now) {
    AuditRecord each = new AuditRecord("renewed", now).put(to);
    StringBuilder json = new StringBuilder();
    leases.forEach(
        (id, until) -> {
          json.append(json.isEmpty() ? '{' : ',').append('"');
          Escape.quoted(json, id, Integer.MAX_VALUE);
          json.append("\":\"").append(until).append('"');
        });
    return each.putJson("leases", json.append('}').toString());
  }

  /** Of one recipient. */
  private static final class Turns {
    private final Map<String, Numbers> byToken = new LinkedHashMap<>();

    /** Returns about what it takes. */
    int add(String token, long number) {
      Numbers numbers = byToken.get(token);
      if (numbers == null) {
        numbers = new Numbers();
        byToken.put(token, numbers);
        numbers.add(number);
        return MAP_BYTES;
      }
      numbers.add(number);
      return NUMBER_BYTES;
    }

    AuditRecord record(Recipient to, Instant since, Instant now) {
      long count = 0;
      StringBuilder json = new StringBuilder();
      for (Map.Entry<String, Numbers> one : byToken.entrySet()) {
        json.append(json.isEmpty() ? '{' : ',').append('"');
        Escape.quoted(json, one.getKey(), Integer.MAX_VALUE);
        json.append("\":\"");
        one.getValue().appendTo(json);
        json.append('"');
        count += one.getValue().count();
      }
      return new AuditRecord("turns", now)
          .put("since", since)
          .put(to)
          .put("count", count)
          .putJson("tokens", json.append('}').toString());
    }
  }
}
