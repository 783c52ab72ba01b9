package io.tokenbroker.server.sql;

import io.tokenbroker.server.store.RowSink;
import io.tokenbroker.server.store.RowSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows in memory. */
class CopiedRows implements RowSink, RowSource {
  private final Map<String, List<String>> columns = new LinkedHashMap<>();
  final Map<String, List<List<@Nullable String>>> rows = new LinkedHashMap<>();
  private List<List<@Nullable String>> open = List.of();

  @Override
  public void table(String name, List<String> names) {
    columns.put(name, names);
    open = new ArrayList<>();
    rows.put(name, open);
  }

  @Override
  public void row(List<@Nullable String> values) {
    open.add(values);
  }

  @Override
  public List<String> columns(String table) {
    return columns.getOrDefault(table, List.of());
  }

  @Override
  public void forEachRow(String table, RowAction action) throws IOException {
    for (List<@Nullable String> row : rows.getOrDefault(table, List.of())) {
      action.on(row);
    }
  }
}
