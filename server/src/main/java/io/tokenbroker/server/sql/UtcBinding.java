package io.tokenbroker.server.sql;

import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jooq.BindingGetResultSetContext;
import org.jooq.BindingSQLContext;
import org.jooq.BindingSetStatementContext;
import org.jooq.Converter;
import org.jooq.SQLDialect;
import org.jooq.impl.AbstractBinding;
import org.jooq.impl.DSL;

/**
 * Keeps an instant, to the microsecond, in a DATETIME(6) that is UTC; in SQLite in a text, see
 * {@link SqliteTime}.
 *
 * <p>jOOQ itself goes through java.sql.Timestamp, which moves the hour that the JVM's time zone
 * skips in spring. Public for the generated code only.
 */
public final class UtcBinding extends AbstractBinding<LocalDateTime, Instant> {
  private static final long serialVersionUID = 1;

  @Override
  public Converter<LocalDateTime, Instant> converter() {
    return Converter.ofNullable(
        LocalDateTime.class, Instant.class, UtcBinding::fromUtc, UtcBinding::toUtc);
  }

  /** Where jOOQ writes values into a statement: for SQLite, from 1,000 of them on. */
  @Override
  protected void sqlInline(BindingSQLContext<Instant> context) {
    Instant value = context.value();
    if (value == null) {
      context.render().sql("null");
    } else if (context.dialect() == SQLDialect.SQLITE) {
      context.render().visit(DSL.inline(SqliteTime.write(value)));
    } else {
      context.render().visit(DSL.inline(toUtc(value)));
    }
  }

  @Override
  public void set(BindingSetStatementContext<Instant> context) throws SQLException {
    Instant value = context.value();
    if (value == null) {
      context.statement().setNull(context.index(), Types.TIMESTAMP);
    } else if (context.dialect() == SQLDialect.SQLITE) {
      context.statement().setString(context.index(), SqliteTime.write(value));
    } else {
      context.statement().setObject(context.index(), toUtc(value));
    }
  }

  @Override
  public void get(BindingGetResultSetContext<Instant> context) throws SQLException {
    if (context.dialect() == SQLDialect.SQLITE) {
      String text = context.resultSet().getString(context.index());
      context.value(text == null ? null : SqliteTime.read(text));
      return;
    }
    LocalDateTime value = context.resultSet().getObject(context.index(), LocalDateTime.class);
    context.value(value == null ? null : fromUtc(value));
  }

  private static Instant fromUtc(LocalDateTime value) {
    return value.toInstant(ZoneOffset.UTC);
  }

  private static LocalDateTime toUtc(Instant value) {
    // MySQL would round up
    return LocalDateTime.ofInstant(value.truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC);
  }
}
