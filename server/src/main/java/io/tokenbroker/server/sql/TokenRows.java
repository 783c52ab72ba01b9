package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.TOKEN;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.TokenId;
import io.tokenbroker.server.model.TokenInfo;
import io.tokenbroker.server.model.TokenLimits;
import io.tokenbroker.server.model.TokenSettings;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.CustomField;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** The rows of the table token. */
final class TokenRows {
  /**
   * A number of a row, from its last change and its id. Bounded, so that no database finds it too
   * big, whatever time a person wrote.
   */
  static final Field<Long> ROW_NUMBER = rowNumber(TOKEN.UPDATE_TIME, TOKEN.ID);

  static final List<Field<?>> INFO =
      List.of(
          TOKEN.ID,
          TOKEN.LABEL,
          TOKEN.WEIGHT,
          TOKEN.ENABLED,
          TOKEN.EXPIRE_TIME,
          TOKEN.TOKEN_LIMITS);

  private static final Pattern NUMBER = Pattern.compile("0|-?[1-9][0-9]{0,18}");

  private TokenRows() {}

  static Field<Long> rowNumber(Field<?> updateTime, Field<Long> id) {
    return CustomField.of(
        "row_number",
        SQLDataType.BIGINT,
        context -> context.visit(DSL.sql(Dialect.of(context.dsl()).rowNumber(), updateTime, id)));
  }

  /** No account ends with a space, but to MySQL "a " is "a". */
  static Condition exactAccount() {
    return TOKEN.ACCOUNT.notLike("% ");
  }

  static Condition of(AccountId account) {
    return TOKEN.ACCOUNT.eq(account.value()).and(exactAccount());
  }

  static TokenId id(Record row) {
    return new TokenId(Long.toString(row.get(TOKEN.ID)));
  }

  /** The number of an id; empty if no row can have this id. */
  static OptionalLong number(TokenId id) {
    if (!NUMBER.matcher(id.value()).matches()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(id.value()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** Throws IllegalArgumentException if a person wrote what can't be. */
  static TokenSettings settings(Record row) {
    return new TokenSettings(
        row.get(TOKEN.LABEL),
        row.get(TOKEN.WEIGHT),
        row.get(TOKEN.ENABLED),
        row.get(TOKEN.EXPIRE_TIME),
        LimitsText.read(row.get(TOKEN.TOKEN_LIMITS)));
  }

  /** The nearest to what a person wrote that can be, so that it can be seen and set right. */
  static TokenSettings nearestSettings(Record row) {
    String label = row.get(TOKEN.LABEL).replaceAll("\\p{Cc}", " ");
    return new TokenSettings(
        label.substring(0, Math.min(label.length(), TokenSettings.MAX_LABEL_LENGTH)),
        Math.max(1, Math.min(row.get(TOKEN.WEIGHT), TokenSettings.MAX_WEIGHT)),
        row.get(TOKEN.ENABLED),
        row.get(TOKEN.EXPIRE_TIME),
        nearestLimits(row.get(TOKEN.TOKEN_LIMITS)));
  }

  private static @Nullable TokenLimits nearestLimits(@Nullable String text) {
    try {
      return LimitsText.read(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  static TokenInfo info(Record row) {
    return new TokenInfo(id(row), nearestSettings(row));
  }
}
