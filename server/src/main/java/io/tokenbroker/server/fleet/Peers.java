package io.tokenbroker.server.fleet;

import java.util.Optional;

/**
 * Port: how the members of a fleet know each other: each has a key that only they can read, from
 * its row in the database, and takes the word of whoever shows it. Thread-safe, never blocks.
 */
public interface Peers {
  /** This broker as it advertises itself, HOST:PORT. */
  String self();

  /** What this broker takes for the word of a peer: printable ASCII, another one at each start. */
  String key();

  /**
   * What another member takes.
   *
   * @param address as it advertises itself
   * @return empty if there is no such member (any more)
   */
  Optional<String> keyOf(String address);
}
