package io.tokenbroker.server.backup;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a backup says of itself.
 *
 * @param schema of the tables, the number of their newest migration
 * @param version of the broker that made it; empty for a build without
 * @param createTime when its rows were read
 * @param database its product and version
 * @param keys those of the keyset that its secrets are encrypted with, and {@link #PLAIN}
 */
public record Manifest(
    int schema,
    String version,
    Instant createTime,
    String database,
    SortedSet<Long> keys,
    List<Part> parts) {
  /** Stands for a key where secrets are plain text. */
  public static final long PLAIN = 0;

  /** Of the files in a backup, not of the tables. */
  private static final int FORMAT = 1;

  /**
   * A file in the backup.
   *
   * @param name of the table; {@link #POLICY} for the policy
   * @param columns none in the policy
   * @param rows lines
   * @param sha256 of the file, in hexadecimal digits
   */
  public record Part(String name, List<String> columns, long rows, String sha256) {
    /** No table is called so. */
    public static final String POLICY = "policy.yaml";

    public Part {
      columns = List.copyOf(columns);
    }

    /** Its file. */
    String file() {
      return name.equals(POLICY) ? POLICY : "tables/" + name + ".jsonl";
    }
  }

  public Manifest {
    parts = List.copyOf(parts);
  }

  public Optional<Part> part(String name) {
    return parts.stream().filter(part -> part.name().equals(name)).findFirst();
  }

  public long rows(String table) {
    return part(table).map(Part::rows).orElse(0L);
  }

  /** In words. */
  public String contents() {
    return "%d tokens, %d positions, %d leases, %d caller keys%s"
        .formatted(
            rows("token"),
            rows("ring_position"),
            rows("lease"),
            rows("caller_key"),
            part(Part.POLICY).isPresent() ? ", a policy" : "");
  }

  public boolean hasPlainText() {
    return keys.contains(PLAIN);
  }

  /** The keys that are needed; empty if none are. */
  public String keyNames() {
    return keys.stream()
        .filter(key -> key != PLAIN)
        .map(String::valueOf)
        .collect(Collectors.joining(", "));
  }

  String toJson() {
    JsonObject json = new JsonObject();
    json.addProperty("format", FORMAT);
    json.addProperty("schema", schema);
    json.addProperty("version", version);
    json.addProperty("create_time", createTime.toString());
    json.addProperty("database", database);
    JsonArray numbers = new JsonArray();
    keys.forEach(numbers::add);
    json.add("keys", numbers);
    JsonArray files = new JsonArray();
    parts.forEach(part -> files.add(json(part)));
    json.add("parts", files);
    return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
  }

  private static JsonObject json(Part part) {
    JsonObject json = new JsonObject();
    json.addProperty("name", part.name());
    JsonArray columns = new JsonArray();
    part.columns().forEach(columns::add);
    json.add("columns", columns);
    json.addProperty("rows", part.rows());
    json.addProperty("sha256", part.sha256());
    return json;
  }

  static Manifest parse(String text) throws BackupException {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      int format = json.get("format").getAsInt();
      if (format != FORMAT) {
        throw new BackupException(
            "is of another format (%d; this version knows %d): use the tokenbroker that made it"
                .formatted(format, FORMAT));
      }
      SortedSet<Long> keys = new TreeSet<>();
      json.getAsJsonArray("keys").forEach(key -> keys.add(key.getAsLong()));
      List<Part> parts = new ArrayList<>();
      json.getAsJsonArray("parts").forEach(part -> parts.add(part(part.getAsJsonObject())));
      return new Manifest(
          json.get("schema").getAsInt(),
          json.get("version").getAsString(),
          Instant.parse(json.get("create_time").getAsString()),
          json.get("database").getAsString(),
          keys,
          parts);
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | ClassCastException
        | NumberFormatException
        | NullPointerException
        | DateTimeException e) {
      throw new BackupException("has a manifest that can't be read");
    }
  }

  private static Part part(JsonObject json) {
    List<String> columns =
        json.getAsJsonArray("columns").asList().stream().map(JsonElement::getAsString).toList();
    return new Part(
        json.get("name").getAsString(),
        columns,
        json.get("rows").getAsLong(),
        json.get("sha256").getAsString());
  }
}
