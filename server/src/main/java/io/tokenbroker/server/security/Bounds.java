package io.tokenbroker.server.security;

/**
 * How much one caller may have of a broker, each 1 to 1,000,000; 0 means any number.
 *
 * @param turnsPerSecond turns that it asks for or is streamed, on the average; a second's worth at
 *     once
 * @param streams that are open
 * @param waiters calls that wait for a token
 * @param leases that are live, or asked for, of those that this broker granted
 * @param connections that are open
 */
public record Bounds(int turnsPerSecond, int streams, int waiters, int leases, int connections) {
  public static final Bounds NONE = new Bounds(0, 0, 0, 0, 0);

  static final int MAX = 1_000_000;
}
