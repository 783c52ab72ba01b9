package io.tokenbroker.server.sql;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Inserts a row or overwrites it: its parameters are the key's columns, then the others. In text,
 * as jOOQ knows no form of it for MySQL before 8.0.19.
 *
 * @param later a column of times that keeps the later one; null if there is none
 */
record Upsert(String table, List<String> key, List<String> others, @Nullable String later) {
  Upsert(String table, List<String> key, List<String> others) {
    this(table, key, others, null);
  }

  Upsert withLater(String column) {
    return new Upsert(table, key, others, column);
  }

  String sql(DSLContext context) {
    return sql(context, 1);
  }

  /**
   * @param rows how many at once, from 1
   */
  String sql(DSLContext context, int rows) {
    Dialect dialect = Dialect.of(context);
    List<String> columns =
        Stream.of(key.stream(), others.stream(), Stream.ofNullable(later))
            .flatMap(some -> some)
            .toList();
    String values = columns.stream().map(column -> "?").collect(Collectors.joining(", ", "(", ")"));
    Stream<String> sets = others.stream().map(column -> column + " = " + dialect.proposed(column));
    if (later != null) {
      String latest = dialect.greatest(table + "." + later, dialect.proposed(later));
      sets = Stream.concat(sets, Stream.of(later + " = " + latest));
    }
    return "insert into %s (%s) values %s %s %s"
        .formatted(
            table,
            String.join(", ", columns),
            String.join(", ", Collections.nCopies(rows, values)),
            dialect.ifThere(key),
            sets.collect(Collectors.joining(", ")));
  }
}
