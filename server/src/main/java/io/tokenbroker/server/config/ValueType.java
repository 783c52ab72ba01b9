package io.tokenbroker.server.config;

/** What the text of a setting may be, and what it means. */
interface ValueType<T> {
  /**
   * @throws IllegalArgumentException if the text is not {@link #allowed()}; its message is not used
   */
  T parse(String text);

  /** What is allowed, to be read behind "must be". */
  String allowed();

  /** The short form for tables, such as {@code 100ms to 1h}. */
  default String range() {
    return allowed();
  }
}
