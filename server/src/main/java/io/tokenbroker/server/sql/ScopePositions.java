package io.tokenbroker.server.sql;

import static io.tokenbroker.server.sql.generated.Tables.SCOPE_POSITION;

import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.model.Position;
import io.tokenbroker.server.model.Position.Mark;
import io.tokenbroker.server.model.Scope;
import io.tokenbroker.server.model.TokenId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** The rows of the table scope_position. */
final class ScopePositions {
  private static final Upsert UPSERT =
      new Upsert("scope_position", List.of("account"), List.of("marks"));

  private ScopePositions() {}

  static void save(DSLContext context, Map<AccountId, Position> positions) {
    List<Object[]> rows = new ArrayList<>();
    positions.entrySet().stream()
        .filter(position -> hasScopes(position.getValue()))
        .sorted(Comparator.comparing(position -> position.getKey().value()))
        .forEach(
            position ->
                rows.add(new Object[] {position.getKey().value(), text(position.getValue())}));
    for (List<Object[]> chunk : Chunks.of(rows)) {
      context
          .batch(context.query(UPSERT.sql(context), "", ""))
          .bind(chunk.toArray(Object[][]::new))
          .execute();
    }
  }

  static void delete(DSLContext context, AccountId account) {
    context.deleteFrom(SCOPE_POSITION).where(of(account)).execute();
  }

  private static boolean hasScopes(Position position) {
    for (Mark mark : position.marks()) {
      if (!mark.scope().isAll()) {
        return true;
      }
    }
    return false;
  }

  /** No scope and no id has a tab or a line end: they are control characters. */
  private static String text(Position position) {
    return position.marks().stream()
        .filter(mark -> !mark.scope().isAll())
        .map(m -> m.scope() + "\t" + m.weight() + "\t" + m.last() + "\t" + m.lag())
        .collect(Collectors.joining("\n"));
  }

  /** What is not as it was written, say because somebody changed it by hand, is left out. */
  static List<Mark> marks(@Nullable String text) {
    List<Mark> marks = new ArrayList<>();
    for (String line : text == null ? new String[0] : text.split("\n", -1)) {
      String[] fields = line.split("\t", -1);
      if (fields.length == 4) {
        mark(fields).ifPresent(marks::add);
      }
    }
    return marks;
  }

  static Condition of(AccountId account) {
    return SCOPE_POSITION.ACCOUNT.eq(account.value());
  }

  private static Optional<Mark> mark(String[] fields) {
    try {
      return Optional.of(
          new Mark(
              new Scope(fields[0]),
              Integer.parseInt(fields[1]),
              new TokenId(fields[2]),
              Double.parseDouble(fields[3])));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
