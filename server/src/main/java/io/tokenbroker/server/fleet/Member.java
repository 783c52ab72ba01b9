package io.tokenbroker.server.fleet;

import java.time.Duration;

/**
 * A broker that takes part, as the others see it.
 *
 * @param id of this process alone: who was struck off never comes back under it
 * @param address as it advertises it, HOST:PORT; no two members have the same
 * @param beat grows with each renewal
 * @param ttl how long its rights last, of which the others wait out all
 * @param key what the member takes for the word of a peer, see {@link Peers}
 * @param leaving wants no partitions any more
 */
public record Member(
    String id,
    String address,
    long beat,
    Duration ttl,
    boolean leaving,
    String version,
    String key) {
  /** Without the key. */
  @Override
  public String toString() {
    return "Member[" + id + " " + address + " " + beat + (leaving ? " leaving]" : "]");
  }
}
