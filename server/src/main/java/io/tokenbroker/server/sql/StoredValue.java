package io.tokenbroker.server.sql;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import org.jooq.Field;
import org.jspecify.annotations.Nullable;

/** What is in a column, as a text: the same whichever database it is of. */
final class StoredValue {
  private StoredValue() {}

  static @Nullable String write(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    return value instanceof byte[] bytes
        ? Base64.getEncoder().encodeToString(bytes)
        : value.toString();
  }

  /**
   * @throws IOException if it is none of the column's
   */
  static @Nullable Object read(Field<?> field, @Nullable String text) throws IOException {
    if (text == null) {
      return null;
    }
    try {
      return read(field.getType(), text);
    } catch (IllegalArgumentException | DateTimeException e) {
      // without the value, which may be anything
      throw new IOException("what is in column %s can't be there".formatted(field.getName()), e);
    }
  }

  private static Object read(Class<?> type, String text) {
    if (type == String.class) {
      return text;
    }
    if (type == Long.class) {
      return Long.valueOf(text);
    }
    if (type == Integer.class) {
      return Integer.valueOf(text);
    }
    if (type == Double.class) {
      return Double.valueOf(text);
    }
    if (type == Boolean.class) {
      return Boolean.valueOf(text);
    }
    if (type == Instant.class) {
      return Instant.parse(text);
    }
    if (type == byte[].class) {
      return Base64.getDecoder().decode(text);
    }
    throw new IllegalArgumentException(type.getName());
  }
}
