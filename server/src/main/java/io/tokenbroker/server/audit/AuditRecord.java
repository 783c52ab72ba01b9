package io.tokenbroker.server.audit;

import io.tokenbroker.server.log.Escape;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;

/** One record, before it has its place: its number and the hash of the one before it. */
public final class AuditRecord {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final StringBuilder fields = new StringBuilder(256);

  public AuditRecord(String type, Instant time) {
    put("time", time).put("type", type);
  }

  public AuditRecord put(String name, String value) {
    name(name);
    quoted(value);
    return this;
  }

  public AuditRecord putIfSet(String name, String value) {
    return value.isEmpty() ? this : put(name, value);
  }

  public AuditRecord put(String name, long value) {
    name(name);
    fields.append(value);
    return this;
  }

  public AuditRecord put(String name, Instant time) {
    name(name);
    TIME.formatTo(time, fields.append('"'));
    fields.append('"');
    return this;
  }

  /** A list; none if it would be empty. */
  public AuditRecord put(String name, Collection<String> values) {
    if (values.isEmpty()) {
      return this;
    }
    name(name);
    char before = '[';
    for (String value : values) {
      fields.append(before);
      quoted(value);
      before = ',';
    }
    fields.append(']');
    return this;
  }

  /**
   * @param json is taken as it is
   */
  public AuditRecord putJson(String name, String json) {
    name(name);
    fields.append(json);
    return this;
  }

  AuditRecord put(Recipient to) {
    return put("caller", to.caller())
        .putIfSet("from", to.from())
        .put("account", to.account())
        .putIfSet("scope", to.scope());
  }

  private void name(String name) {
    fields.append(fields.isEmpty() ? "" : ",");
    quoted(name);
    fields.append(':');
  }

  private void quoted(String text) {
    fields.append('"');
    Escape.quoted(fields, text, Integer.MAX_VALUE);
    fields.append('"');
  }

  /** About what it takes in memory, in bytes. */
  int bytes() {
    return 128 + 2 * fields.capacity();
  }

  /** The fields between its number and its hash. */
  String text() {
    return fields.toString();
  }
}
