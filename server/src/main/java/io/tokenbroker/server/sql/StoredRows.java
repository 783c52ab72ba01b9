package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.ACCOUNT_SETTINGS;
import static io.tokenbroker.server.sql.generated.Tables.CALLER_KEY;
import static io.tokenbroker.server.sql.generated.Tables.LEASE;
import static io.tokenbroker.server.sql.generated.Tables.LEASE_POLICY;
import static io.tokenbroker.server.sql.generated.Tables.LEASE_STREAM;
import static io.tokenbroker.server.sql.generated.Tables.LEASE_TOKEN;
import static io.tokenbroker.server.sql.generated.Tables.RING_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.SCOPE_POSITION;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN;
import static io.tokenbroker.server.sql.generated.Tables.TOKEN_STATE;

import io.tokenbroker.server.store.RowSink;
import io.tokenbroker.server.store.RowSource;
import io.tokenbroker.server.store.StoreStartException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.InsertValuesStepN;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that is to be kept of the broker's own tables, the same in each of its databases. What a
 * fleet knows of its members is not: they tell it anew. Thread-safe; every method blocks on I/O.
 */
public final class StoredRows {
  private static final Logger log = LoggerFactory.getLogger(StoredRows.class);

  static final List<Table<?>> TABLES =
      List.of(
          TOKEN,
          ACCOUNT_SETTINGS,
          LEASE_POLICY,
          RING_POSITION,
          SCOPE_POSITION,
          TOKEN_STATE,
          LEASE_TOKEN,
          LEASE,
          LEASE_STREAM,
          CALLER_KEY);

  /** What the database sets by itself. */
  private static final Set<Field<?>> SET =
      Set.of(
          TOKEN.UPDATE_TIME,
          TOKEN.CHANGE_TIME,
          TOKEN.SECRET_KEY,
          ACCOUNT_SETTINGS.UPDATE_TIME,
          ACCOUNT_SETTINGS.CHANGE_TIME);

  /**
   * In one statement: so many values, or characters, whichever is reached first. From 1,000 values
   * on jOOQ writes them into a statement for SQLite, which is long then.
   */
  private static final int PORTION = 900;

  private static final int PORTION_CHARS = 1 << 20;

  /** In milliseconds: what a transaction is about may be all that there is. */
  private static final int PATIENCE = 600_000;

  private final Database database;

  public StoredRows(Database database) {
    this.database = database;
  }

  /** The number of the newest migration, by which it is known what columns there are. */
  public static int version() {
    return Migrations.NEWEST;
  }

  /**
   * All rows as they were at one moment, however long it takes; nobody waits for it meanwhile.
   *
   * @return the keys that secrets are encrypted with, and {@link SealedRows#PLAIN} for plain text
   */
  public SortedSet<Long> read(RowSink sink) throws IOException {
    boolean[] begun = {false};
    try {
      return database
          .sql()
          .read(
              context -> {
                if (begun[0]) {
                  throw new StoreStartException(
                      "The connection to the database was lost. Try again.");
                }
                begun[0] = true;
                return readAll(context, sink);
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static SortedSet<Long> readAll(DSLContext context, RowSink sink) {
    SortedSet<Long> keys = new TreeSet<>();
    Dialect.of(context).snapshot().forEach(context::execute);
    try {
      for (Table<?> table : TABLES) {
        read(context, table, sink, keys);
      }
      return keys;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      end(context);
    }
  }

  /** There is nothing to lose; a connection that is broken ends it by itself. */
  private static void end(DSLContext context) {
    try {
      context.execute("rollback");
    } catch (DataAccessException e) {
      log.debug("a connection broke", e);
    }
  }

  private static void read(DSLContext context, Table<?> table, RowSink sink, SortedSet<Long> keys)
      throws IOException {
    List<Field<?>> fields = fields(table);
    sink.table(table.getName(), fields.stream().map(Field::getName).toList());
    try (Cursor<? extends Record> rows =
        context.select(fields).from(table).fetchSize(Dialect.of(context).fetchSize()).fetchLazy()) {
      for (Record row : rows) {
        List<@Nullable String> values = new ArrayList<>(fields.size());
        for (Field<?> field : fields) {
          values.add(StoredValue.write(row.get(field)));
        }
        sink.row(values);
        if (table == TOKEN) {
          keys.addAll(keys(row));
        }
      }
    }
  }

  /** As the column secret_key has it: one, or none without a secret. */
  private static Set<Long> keys(Record row) {
    if (!row.get(TOKEN.SECRET).isEmpty()) {
      return Set.of(SealedRows.PLAIN);
    }
    Long key = row.get(TOKEN.SEALED_KEY);
    return key == null ? Set.of() : Set.of(key);
  }

  /**
   * Fills a database in which nothing is, all or nothing.
   *
   * @param fencingLeap is added to the newest fencing number of each token, so that those that were
   *     given after the rows were read don't come again
   * @throws StoreStartException if anything is in it
   * @throws IOException if the source can't be read, or has what no database had
   */
  public void write(RowSource source, long fencingLeap) throws IOException {
    try {
      database
          .sql()
          .<Void>write(
              PATIENCE,
              context -> {
                for (Table<?> table : TABLES) {
                  if (context.fetchExists(table)) {
                    throw new StoreStartException(
                        ("There is something in table %s. Only a database with nothing in it is"
                                + " restored: make a new one.")
                            .formatted(table.getName()));
                  }
                }
                try {
                  for (Table<?> table : TABLES) {
                    write(context, table, source, fencingLeap);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                return null;
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void write(DSLContext context, Table<?> table, RowSource source, long fencingLeap)
      throws IOException {
    List<String> columns = source.columns(table.getName());
    List<Field<?>> fields = fields(table);
    Set<String> known = new HashSet<>(fields.stream().map(Field::getName).toList());
    if (!known.equals(new HashSet<>(columns)) || known.size() != columns.size()) {
      throw new IOException(
          "table %s has the columns %s, not %s".formatted(table.getName(), known, columns));
    }
    List<Field<?>> inOrder = new ArrayList<>();
    columns.forEach(column -> inOrder.add(table.field(column)));
    Portion portion = new Portion(context, table, inOrder, fencingLeap);
    source.forEachRow(table.getName(), portion::add);
    portion.insert();
  }

  private static List<Field<?>> fields(Table<?> table) {
    return Arrays.stream(table.fields()).filter(field -> !SET.contains(field)).toList();
  }

  /** Rows that are inserted by one statement. */
  private static final class Portion {
    private final DSLContext context;
    private final Table<?> table;
    private final List<Field<?>> fields;
    private final long fencingLeap;
    private final List<List<@Nullable Object>> rows = new ArrayList<>();
    private int chars;

    Portion(DSLContext context, Table<?> table, List<Field<?>> fields, long fencingLeap) {
      this.context = context;
      this.table = table;
      this.fields = fields;
      this.fencingLeap = fencingLeap;
    }

    void add(List<@Nullable String> texts) throws IOException {
      if (texts.size() != fields.size()) {
        throw new IOException("a row of %s has %d values".formatted(table, texts.size()));
      }
      List<@Nullable Object> row = new ArrayList<>(texts.size());
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i);
        row.add(value(fields.get(i), text));
        chars += text == null ? 0 : text.length();
      }
      rows.add(row);
      if ((rows.size() + 1) * fields.size() > PORTION || chars >= PORTION_CHARS) {
        insert();
      }
    }

    private @Nullable Object value(Field<?> field, @Nullable String text) throws IOException {
      Object value = StoredValue.read(field, text);
      return field.equals(LEASE_TOKEN.FENCING_NUMBER) && value instanceof Long number
          ? number + fencingLeap
          : value;
    }

    void insert() {
      if (rows.isEmpty()) {
        return;
      }
      InsertValuesStepN<?> insert = context.insertInto(table, fields);
      for (List<@Nullable Object> row : rows) {
        insert = insert.values(row);
      }
      insert.execute();
      rows.clear();
      chars = 0;
    }
  }
}
