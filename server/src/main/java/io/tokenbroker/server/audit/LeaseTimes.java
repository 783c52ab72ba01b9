package io.tokenbroker.server.audit;

import com.google.gson.JsonElement;
import io.tokenbroker.server.audit.WhoHad.Found;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** From when to when leases were held, as far as records tell. */
final class LeaseTimes {
  private final Map<String, Found> leases = new LinkedHashMap<>();

  /** Granted, or kept by a stream that came back. */
  void held(AuditLine line) {
    String id = line.text("lease_id");
    Found known = leases.get(id);
    Instant since = known == null ? Instant.parse(line.text("time")) : known.since();
    leases.put(id, held(line, since, Instant.parse(line.text("expire_time"))));
  }

  /** Released, lost or revoked; nothing happens if it is of another token, or expired before. */
  void ended(AuditLine line) {
    Instant time = Instant.parse(line.text("time"));
    leases.computeIfPresent(
        line.text("lease_id"),
        (id, known) -> known.until().isBefore(time) ? known : until(known, time));
  }

  void renewed(AuditLine line) {
    for (Map.Entry<String, JsonElement> one : line.object("leases").entrySet()) {
      Found known = leases.get(one.getKey());
      if (known != null && one.getValue().isJsonPrimitive()) {
        leases.put(one.getKey(), until(known, Instant.parse(one.getValue().getAsString())));
      }
    }
  }

  List<Found> at(Instant time) {
    return leases.values().stream()
        .filter(lease -> !lease.since().isAfter(time) && !lease.until().isBefore(time))
        .toList();
  }

  private static Found held(AuditLine line, Instant since, Instant until) {
    return new Found(
        "lease",
        line.text("token"),
        0,
        line.text("caller"),
        line.text("from"),
        line.text("scope"),
        line.text("lease_id"),
        since,
        until,
        line.seq());
  }

  private static Found until(Found lease, Instant until) {
    return new Found(
        lease.kind(),
        lease.token(),
        lease.turn(),
        lease.caller(),
        lease.from(),
        lease.scope(),
        lease.leaseId(),
        lease.since(),
        until,
        lease.seq());
  }
}
