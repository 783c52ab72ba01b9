package io.tokenbroker.server.model;

/**
 * Which tokens may be handed out to who asks, by what operators call them. Immutable; those that
 * are equal include the same.
 */
public interface Labels {
  /** Every token. */
  Labels ALL = label -> true;

  /**
   * @param label of a token, may be empty
   */
  boolean include(String label);
}
