package io.tokenbroker.server.store;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Has the rows of tables, as a {@link RowSink} took them; may be read again and again. */
public interface RowSource {
  /** Those of the values of each row; empty if it does not know the table. */
  List<String> columns(String table);

  void forEachRow(String table, RowAction action) throws IOException;

  interface RowAction {
    void on(List<@Nullable String> values) throws IOException;
  }
}
