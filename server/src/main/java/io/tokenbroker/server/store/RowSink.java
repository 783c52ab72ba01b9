package io.tokenbroker.server.store;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the rows of tables, each value as a text or null: one table after the other. */
public interface RowSink {
  /** Begins with a table; the one before is over. */
  void table(String name, List<String> columns) throws IOException;

  void row(List<@Nullable String> values) throws IOException;
}
