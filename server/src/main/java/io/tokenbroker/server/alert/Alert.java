package io.tokenbroker.server.alert;

/**
 * What is told of one change.
 *
 * @param id of the change: the same however often it is told
 * @param body JSON, as docs/webhooks.md has it; without a secret
 */
public record Alert(String id, String body) {
  /** Of the objects, and what waits with them. */
  private static final int OVERHEAD = 200;

  /** What it takes of the heap, about and at the most. */
  int bytes() {
    return OVERHEAD + 2 * (id.length() + body.length());
  }
}
