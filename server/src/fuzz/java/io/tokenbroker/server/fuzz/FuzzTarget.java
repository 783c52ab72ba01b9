package io.tokenbroker.server.fuzz;

import java.io.IOException;

/** Something that takes whatever anybody gives it. Used by one thread. */
public interface FuzzTarget extends AutoCloseable {
  /**
   * Gives it an input.
   *
   * @throws Exception if a promise is broken: an {@link AssertionError} where it says something
   *     wrong, whatever else where it fails in a way that is not documented
   */
  void run(byte[] input) throws Exception;

  @Override
  default void close() throws IOException {}
}
