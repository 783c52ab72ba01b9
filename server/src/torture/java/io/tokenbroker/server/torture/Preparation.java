package io.tokenbroker.server.torture;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What has to be there before anything is tried: made again while a fleet is still settling. */
final class Preparation {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final int PAUSE_MILLIS = 500;
  private static final Set<Status.Code> PASSING =
      EnumSet.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);

  private Preparation() {}

  /**
   * @param step does no harm if it is done twice
   */
  static void make(Runnable step) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        step.run();
        return;
      } catch (StatusRuntimeException e) {
        if (!PASSING.contains(e.getStatus().getCode()) || System.nanoTime() - end > 0) {
          throw e;
        }
        Worker.pause(PAUSE_MILLIS);
      }
    }
  }
}
