package io.tokenbroker.server.sql;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.BrokerException;
import io.tokenbroker.server.store.StoreStartException;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DataType;
import org.jooq.Field;
import org.jooq.Name;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * The rows that the configured SELECT gives, as a derived table, and its columns. Which columns
 * there are, and of what type the account is, is asked once, at start.
 */
final class ExistingTable {
  private static final Set<String> REQUIRED = Set.of("account", "id", "secret");
  private static final Set<String> OPTIONAL = Set.of("label", "weight", "enabled", "expire_time");

  /** As a database prints whole numbers, up to a BIGINT UNSIGNED. */
  private static final Pattern NUMBER = Pattern.compile("0|-?[1-9][0-9]{0,19}");

  private final Table<?> rows;
  private final Map<String, Field<?>> columns = new TreeMap<>();
  private final boolean numericAccount;
  private final Field<Long> rowNumber;

  ExistingTable(Sql sql, String select) {
    String query = select.strip().replaceFirst("(\\s*;)+$", "");
    // plainSQL, so that jOOQ does not take what is in the text for its own placeholders
    rows = DSL.table("(" + query.replace("{", "{{") + ")").as("t");
    Field<?>[] found = probe(sql);
    requireAllRows(query, sql.dialect());
    for (Field<?> field : found) {
      columns.put(field.getName().toLowerCase(Locale.ROOT), column(field, sql.dialect()));
    }
    check();
    numericAccount = account().getDataType().isNumeric();
    rowNumber = rowNumber(sql.dialect());
  }

  private Field<?>[] probe(Sql sql) {
    try {
      return sql.read(context -> context.selectFrom(rows).where(DSL.falseCondition()).fetch())
          .fields();
    } catch (BrokerException e) {
      SQLException cause = SqlErrors.find(e);
      throw new StoreStartException(
          "credentials.query can't be run (%s). It must be one SELECT; try it with the same user."
              .formatted(cause == null ? e.getMessage() : cause.getMessage()));
    }
  }

  /** As every query has it as a derived table, a LIMIT would hide the same rows from each. */
  private static void requireAllRows(String query, SQLDialect dialect) {
    RowLimit.of(query, dialect)
        .ifPresent(
            word -> {
              throw new StoreStartException(
                  "credentials.query has a %s, so the broker would see only part of the table. Leave it out; choose rows with WHERE."
                      .formatted(word));
            });
  }

  private static Field<?> column(Field<?> found, SQLDialect dialect) {
    Name name = DSL.name("t", found.getName());
    if (dialect == SQLDialect.SQLITE) {
      return sqliteColumn(found, name);
    }
    if (found.getDataType().isBoolean() && !found.getName().equalsIgnoreCase("enabled")) {
      // a TINYINT(1), of which the driver makes a boolean: ids 2 and 3 would both be "true"
      return DSL.field(name, SQLDataType.BIGINT);
    }
    if (!found.getName().equalsIgnoreCase("expire_time")) {
      return DSL.field(name, found.getDataType());
    }
    requireTime(found);
    return DSL.field(name, SQLDataType.LOCALDATETIME(6).asConvertedDataType(new UtcBinding()));
  }

  /** All are read as texts: what a row has need not be what its column was declared to be. */
  private static Field<?> sqliteColumn(Field<?> found, Name name) {
    DataType<?> type = found.getDataType();
    if (found.getName().equalsIgnoreCase("expire_time")) {
      requireTime(found);
    } else if (found.getName().equalsIgnoreCase("account") && !type.isString()) {
      // an expression compares with texts and numbers as if they were different
      return type.isInteger()
          ? DSL.field(name, SQLDataType.BIGINT)
          : DSL.field("cast({0} as text)", SQLDataType.VARCHAR, DSL.field(name));
    }
    return DSL.field(name, SQLDataType.VARCHAR);
  }

  private static void requireTime(Field<?> found) {
    if (!found.getDataType().isTimestamp()) {
      throw new StoreStartException(
          "credentials.query gives an expire_time of type %s. It must be a DATETIME, in UTC."
              .formatted(found.getDataType().getTypeName()));
    }
  }

  private void check() {
    List<String> missing = new ArrayList<>(REQUIRED);
    missing.removeAll(columns.keySet());
    if (!missing.isEmpty()) {
      throw new StoreStartException(
          "credentials.query gives no column %s. It must give account, id and secret; name them with AS."
              .formatted(String.join(" and no column ", missing)));
    }
    List<String> unknown = new ArrayList<>(columns.keySet());
    unknown.removeAll(REQUIRED);
    unknown.removeAll(OPTIONAL);
    if (!unknown.isEmpty()) {
      throw new StoreStartException(
          "credentials.query gives a column %s. It may give account, id, secret, label, weight, enabled and expire_time."
              .formatted(String.join(" and a column ", unknown)));
    }
  }

  Table<?> rows() {
    return rows;
  }

  Field<?> account() {
    return required("account");
  }

  Field<?> id() {
    return required("id");
  }

  Field<?> secret() {
    return required("secret");
  }

  private Field<?> required(String name) {
    Field<?> field = columns.get(name);
    if (field == null) {
      throw new IllegalStateException(name);
    }
    return field;
  }

  /**
   * The value of an optional column in a row; empty if there is none or it is NULL.
   *
   * @throws IllegalArgumentException if there is one that is nothing of this type: an enabled of
   *     'revoked' must not be taken for none
   */
  <T> Optional<T> value(Record row, String name, Class<T> type) {
    Field<?> field = columns.get(name);
    if (field == null || row.get(field) == null) {
      return Optional.empty();
    }
    T value =
        type == Instant.class && row.get(field) instanceof String text
            ? type.cast(SqliteTime.read(text))
            : row.get(field, type);
    if (value == null) {
      throw new IllegalArgumentException(name + " can't be read");
    }
    return Optional.of(value);
  }

  /** All columns but the secret's. */
  List<Field<?>> withoutSecret() {
    return columns.entrySet().stream()
        .filter(column -> !column.getKey().equals("secret"))
        .<Field<?>>map(Map.Entry::getValue)
        .toList();
  }

  /**
   * A condition that finds the rows of an account through an index. It may find more, where the
   * database compares loosely: the caller must compare again. Empty if there can be no row.
   *
   * <p>A column of numbers is never compared with a text: MySQL takes '42abc' for 42.
   */
  Optional<Condition> of(AccountId account) {
    return value(account).map(value -> DSL.condition("{0} = {1}", account(), value));
  }

  /** As {@link #of}, for the rows of any of them. */
  Optional<Condition> ofAny(Collection<AccountId> accounts) {
    List<Field<?>> values = new ArrayList<>();
    accounts.forEach(account -> value(account).ifPresent(values::add));
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(DSL.condition("{0} in ({1})", account(), DSL.list(values)));
  }

  /** An account's name as its column has it; empty if that can't have it. */
  private Optional<Field<?>> value(AccountId account) {
    if (!numericAccount) {
      return Optional.of(DSL.val(account.value(), SQLDataType.VARCHAR));
    }
    if (!NUMBER.matcher(account.value()).matches()) {
      return Optional.empty();
    }
    BigInteger number = new BigInteger(account.value());
    return Optional.of(
        number.bitLength() < Long.SIZE
            ? DSL.val(number.longValue(), SQLDataType.BIGINT)
            : DSL.val(number, SQLDataType.DECIMAL_INTEGER));
  }

  /** A number of a row that changes, as good as surely, with any of its columns. */
  Field<Long> rowNumber() {
    return rowNumber;
  }

  private Field<Long> rowNumber(SQLDialect dialect) {
    List<Field<?>> parts = new ArrayList<>();
    for (Field<?> column : columns.values()) {
      // to concat_ws, NULL is nothing at all; to SQLite's concat, an empty text
      parts.add(
          DSL.field(
              "case when {0} is null then '-' else concat('=', {0}) end",
              SQLDataType.VARCHAR, column));
    }
    String hash = dialect == SQLDialect.SQLITE ? SqliteFunctions.CRC32 : "crc32";
    return DSL.field(hash + "(concat_ws('|', {0}))", SQLDataType.BIGINT, DSL.list(parts))
        .as("row_number_");
  }
}
