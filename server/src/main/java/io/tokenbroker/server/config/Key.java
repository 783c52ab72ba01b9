package io.tokenbroker.server.config;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration.
 *
 * @param name dotted, as it nests in the file
 * @param type what its text may be
 * @param defaultText what it is when nobody gives it; null if it is then absent
 * @param example what stands in the example file: the default if there is one
 * @param confidential whether its text may hold a password, so that no message shows it
 * @param flag whether {@code tokenbroker serve} takes it as {@code --name}
 * @param doc one line that says what it does
 */
record Key<T>(
    String name,
    ValueType<T> type,
    @Nullable String defaultText,
    String example,
    boolean confidential,
    boolean flag,
    String doc) {

  static <T> Key<T> of(String name, ValueType<T> type, String defaultText, String doc) {
    return new Key<>(name, type, defaultText, defaultText, false, false, doc);
  }

  static <T> Key<T> optional(String name, ValueType<T> type, String example, String doc) {
    return new Key<>(name, type, null, example, false, false, doc);
  }

  Key<T> withFlag() {
    return new Key<>(name, type, defaultText, example, confidential, true, doc);
  }

  Key<T> asConfidential() {
    return new Key<>(name, type, defaultText, example, true, flag, doc);
  }

  /** TOKENBROKER_ and the name in upper case; {@code database} is DB there. */
  String environmentVariable() {
    String shortName = name.startsWith("database.") ? "db." + name.substring(9) : name;
    return "TOKENBROKER_" + shortName.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** The part of the name before the dot; empty if it has none. */
  String section() {
    return name.substring(0, Math.max(0, name.indexOf('.')));
  }

  Optional<String> defaultValue() {
    return Optional.ofNullable(defaultText);
  }
}
