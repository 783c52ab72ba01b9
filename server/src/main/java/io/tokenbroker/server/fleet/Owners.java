package io.tokenbroker.server.fleet;

/** Port: who owns what. Thread-safe, never blocks; a look into a table. */
public interface Owners {
  /**
   * By the account's partition. {@link Owner.Here} is a right at the moment of the answer, which may
   * end before it is used: what is done by it asks again where it is done.
   */
  Owner ownerOf(String account);

  /**
   * What a peer said: it is not the owner, or no more. A hint: an older epoch than the known one is
   * ignored, and it never makes this broker an owner.
   *
   * @param address of the owner as far as the peer knows; empty if it knows of none
   */
  void moved(int partition, long epoch, String address);
}
