package io.tokenbroker.server.torture.embedded;

import io.grpc.ManagedChannel;
import io.tokenbroker.server.torture.embedded.Answer.Kind;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Changes an account that nobody else touches, and knows what was acknowledged of it. */
abstract class Load {
  private static final int AFTER_FAILURE_MILLIS = 20;

  final String account;
  final Random random;
  final Findings findings;
  private volatile long lastAcknowledged = System.nanoTime();

  Load(String account, long seed, Findings findings) {
    this.account = account;
    this.random = new Random(seed);
    this.findings = findings;
  }

  /** Works until it is over, or until nobody can tell any more what its last call has done. */
  final void work(ManagedChannel channel, BooleanSupplier over) {
    Calls calls = new Calls(channel);
    Kind last = Kind.ACKNOWLEDGED;
    while (!over.getAsBoolean() && last != Kind.OPEN) {
      if (last != Kind.ACKNOWLEDGED) {
        Pauses.millis(AFTER_FAILURE_MILLIS);
      }
      if (isUnsure()) {
        last = compare(channel) ? Kind.ACKNOWLEDGED : Kind.UNKNOWN;
      } else {
        last = step(calls);
      }
    }
  }

  /** One call; tells how it went. */
  abstract Kind step(Calls calls);

  /** Whether so much is unknown that it has to look, while no call is open. */
  abstract boolean isUnsure();

  /** Takes note of a change, if it was acknowledged. */
  final Kind count(String kind, Answer<?> answer) {
    if (answer.acknowledged()) {
      lastAcknowledged = System.nanoTime();
      findings.acknowledged(kind);
    }
    return answer.kind();
  }

  /** When the last change was acknowledged, by System.nanoTime; may be read by any thread. */
  final long lastAcknowledged() {
    return lastAcknowledged;
  }

  /**
   * Compares what is there with what was acknowledged, while no call is open.
   *
   * @return false if it could not be read
   */
  abstract boolean compare(ManagedChannel channel);

  /**
   * Does so after a restart.
   *
   * @param savedBefore what is written behind and happened before this, by System.nanoTime, has to
   *     be there as well
   */
  abstract boolean compareAfterRestart(ManagedChannel channel, long savedBefore);
}
