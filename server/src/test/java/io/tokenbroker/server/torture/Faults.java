package io.tokenbroker.server.torture;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What is done to the brokers, one fault a round; everything is whole again after each. */
final class Faults {
  /** What can happen. */
  enum Fault {
    /** kill -9, and a new process. */
    KILL,
    /** SIGTERM, and a new process. */
    TERMINATE,
    /** SIGSTOP until every lease it has renewed is over, then SIGCONT. */
    PAUSE,
    /** All its database connections are reset. */
    CUT,
    /** Nothing passes between it and the database until every lease is over. */
    SILENCE,
    /** Its wall clock is set forward or back, by up to a day. */
    STEP
  }

  private static final int DAY_MILLIS = 86_400_000;

  private final List<BrokerProcess> brokers;
  private final Random random;
  private int restarts;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);

  Faults(List<BrokerProcess> brokers, Random random) {
    this.brokers = brokers;
    this.random = random;
  }

  void round() throws InterruptedException {
    Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
    BrokerProcess broker = brokers.get(random.nextInt(brokers.size()));
    counts.merge(fault, 1, Integer::sum);
    int longer = (int) Torture.TTL.toMillis() + random.nextInt(1_000);
    switch (fault) {
      case KILL -> {
        broker.kill();
        broker.restart();
        Worker.pause(random.nextInt(2_000));
      }
      case TERMINATE -> {
        broker.terminate();
        broker.restart();
        Worker.pause(random.nextInt(2_000));
      }
      case PAUSE -> {
        broker.signal("STOP");
        Worker.pause(longer);
        broker.signal("CONT");
      }
      case CUT -> broker.link.cut();
      case SILENCE -> {
        broker.link.silence(true);
        Worker.pause(longer);
        broker.link.silence(false);
      }
      case STEP -> broker.stepClock(random.nextInt(2 * DAY_MILLIS) - DAY_MILLIS);
    }
    Worker.pause(random.nextInt(500));
    for (BrokerProcess each : brokers) {
      if (!each.isAlive()) {
        // as a supervisor would: a start fails where the database cannot be reached in time
        each.restart();
        restarts++;
      }
    }
    for (BrokerProcess each : brokers) {
      each.awaitServing();
    }
    // with both there, leases change hands
    Worker.pause(300);
  }

  /** How many times a broker had ended by itself. */
  int restarts() {
    return restarts;
  }

  Map<Fault, Integer> counts() {
    return counts;
  }
}
