package io.tokenbroker.server.fleet;

/** Port: who owns what. Thread-safe, never blocks; a look into a table. */
public interface Owners {
  /**
   * By the account's partition. {@link Owner.Here} is a right at the moment of the answer, or one
   * that has lapsed, as long as nobody is known to have taken its place. It may end before it is
   * used: what is done by it asks again where it is done.
   */
  default Owner ownerOf(String account) {
    return ownerOf(Partitions.of(account));
  }

  /**
   * The same of a partition, which the id of a lease tells.
   *
   * @param partition 0 to {@link Partitions#COUNT} - 1
   */
  Owner ownerOf(int partition);

  /**
   * Whether a partition that is this broker's is so for certain. If not, the database could not be
   * asked for too long, and another broker may own it by now.
   */
  boolean isCertain(int partition);

  /**
   * What a peer said: it is not the owner, or no more. A hint: an older epoch than the known one is
   * ignored, and it never makes this broker an owner.
   *
   * @param address of the owner as far as the peer knows; empty if it knows of none
   */
  void moved(int partition, long epoch, String address);
}
