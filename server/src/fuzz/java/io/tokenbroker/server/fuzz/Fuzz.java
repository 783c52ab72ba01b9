package io.tokenbroker.server.fuzz;

import java.io.IOException;
import java.util.function.Supplier;

/** What Jazzer calls, for one target: {@code make fuzz}. */
@SuppressWarnings("NonFinalStaticField") // Jazzer makes no objects
public final class Fuzz {
  private static FuzzTarget target = input -> {};

  private Fuzz() {}

  /**
   * @param arguments the name of the target
   */
  public static void fuzzerInitialize(String[] arguments) {
    Supplier<FuzzTarget> known = FuzzTargets.byName().get(arguments[0]);
    if (known == null) {
      throw new IllegalArgumentException("no target is called " + arguments[0]);
    }
    target = known.get();
  }

  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    target.run(input);
  }

  public static void fuzzerTearDown() throws IOException {
    target.close();
  }
}
