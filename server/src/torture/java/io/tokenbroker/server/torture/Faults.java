package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.Link;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

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
    /** A connection dies in the middle of a transaction; others may be made. */
    DEAD_TRANSACTION,
    /** A connection dies with a commit: its broker never hears what became of it. */
    DEAD_COMMIT,
    /**
     * In the middle of a transaction the way to the database is lost, until every lease is over.
     */
    LOST_ROUTE,
    /** Its wall clock is set forward or back, by up to a day. */
    STEP
  }

  private static final int DAY_MILLIS = 86_400_000;

  private final List<BrokerProcess> brokers;
  private final Probe probe;
  private final Ledger ledger;
  private final Random random;
  private int restarts;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);

  Faults(List<BrokerProcess> brokers, Probe probe, Ledger ledger, Random random) {
    this.brokers = brokers;
    this.probe = probe;
    this.ledger = ledger;
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
      case DEAD_TRANSACTION -> die(broker, Link.LOCK);
      case DEAD_COMMIT -> die(broker, Link.COMMIT);
      case LOST_ROUTE -> {
        boolean unused = isDead(broker, Link.LOCK);
        broker.link.lose(true);
        ledger.losesRoute();
        probe.isAnswered(broker);
        Worker.pause(longer);
        broker.link.lose(false);
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
    if (random.nextInt(4) == 0) {
      probe.isPassedOn(brokers.get(0), brokers.get(1));
    }
  }

  private void die(BrokerProcess broker, Pattern word) throws InterruptedException {
    if (isDead(broker, word)) {
      probe.isAnswered(broker);
    }
  }

  private boolean isDead(BrokerProcess broker, Pattern word) throws InterruptedException {
    boolean dead = broker.link.dieAt(word, random.nextBoolean()).await(5, TimeUnit.SECONDS);
    if (dead) {
      ledger.losesRoute();
    }
    broker.link.dieNoMore();
    return dead;
  }

  /** How many times a broker had ended by itself. */
  int restarts() {
    return restarts;
  }

  Map<Fault, Integer> counts() {
    return counts;
  }
}
