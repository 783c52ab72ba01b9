package io.tokenbroker.server.abuse;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The process that attacks: says that it is ready, waits for a byte, and attacks. */
final class Attacker {
  static final String READY = "ready";

  /** The environment variable with its key as a caller. */
  static final String KEY = "ABUSE_KEY";

  private Attacker() {}

  /**
   * @param arguments which attack, the broker's ports, and for how many seconds
   */
  public static void main(String[] arguments) throws Exception {
    Supplier<Attack> attack = Attacks.byName().get(arguments[0]);
    if (attack == null) {
      throw new IOException("no attack is called " + arguments[0]);
    }
    int port = Integer.parseInt(arguments[1]);
    int httpPort = Integer.parseInt(arguments[2]);
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[3]));
    Attack it = attack.get();
    String key = System.getenv().getOrDefault(KEY, "");
    it.prepare(new Target(port, httpPort, System.nanoTime(), key));
    System.out.println(READY);
    if (System.in.read() >= 0) {
      it.run(new Target(port, httpPort, System.nanoTime() + nanos, key));
    }
    // whatever is open or waits
    System.exit(0);
  }
}
