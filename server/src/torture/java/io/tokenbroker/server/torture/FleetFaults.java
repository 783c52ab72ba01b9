package io.tokenbroker.server.torture;

import io.tokenbroker.server.testing.DatabaseServer;
import io.tokenbroker.server.testing.Link;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What is done to the brokers of a fleet, one fault a round; all is whole again after each. */
final class FleetFaults {
  /** What can happen. */
  enum Fault {
    /** kill -9, and a new process. */
    KILL(true, true),
    /** SIGSTOP until all it owns has been taken over, then SIGCONT. */
    PAUSE(true, true),
    /** SIGTERM, and a new process: a planned move, and another one back. */
    TERMINATE(false, true),
    /** All its database connections are reset. */
    CUT(false, false),
    /** Nothing passes between it and the database until all it owns has been taken over. */
    SILENCE(true, true),
    /** The others' connections to it are reset. */
    PEERS_CUT(false, true),
    /** Nothing passes from the others to it, for a while. */
    PEERS_SILENCE(false, true),
    /** Its wall clock is set forward or back, by up to an hour. */
    STEP(false, false),
    /**
     * kill -9 of a node of the cluster, which comes back. Nobody commits until the others have
     * agreed on that, twice: each time somebody whose node is well may be struck off, too.
     */
    NODE_KILL(true, true),
    /** SIGSTOP of a node until the others go on without it, then SIGCONT: the same. */
    NODE_PAUSE(true, true);

    /**
     * Whether what somebody owns is lost by it; by others nothing is, on a machine that keeps up.
     */
    final boolean loses;

    /** Whether calls are held up on their way to the owner, and others are not. */
    final boolean holdsUp;

    Fault(boolean loses, boolean holdsUp) {
      this.loses = loses;
      this.holdsUp = holdsUp;
    }
  }

  private static final int HOUR_MILLIS = 3_600_000;

  private final List<BrokerProcess> brokers;
  private final Map<BrokerProcess, Link> ways;
  private final FleetTorture.Nodes nodes;
  private final List<Fault> possible;
  private final Random random;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
  private volatile @Nullable BrokerProcess moving;

  /**
   * @param ways by which the others reach each
   */
  FleetFaults(
      List<BrokerProcess> brokers,
      Map<BrokerProcess, Link> ways,
      FleetTorture.Nodes nodes,
      Random random) {
    this.brokers = brokers;
    this.ways = ways;
    this.nodes = nodes;
    this.possible =
        List.copyOf(
            nodes.servers().size() > 1
                ? EnumSet.allOf(Fault.class)
                : EnumSet.range(Fault.KILL, Fault.STEP));
    this.random = random;
  }

  /** Whether calls through a broker may not fail: another one goes or comes as planned. */
  boolean mustAnswer(BrokerProcess broker) {
    BrokerProcess target = moving;
    return target != null && target != broker;
  }

  /** Ends when the brokers serve again. */
  Fault round() throws InterruptedException {
    Fault fault = possible.get(random.nextInt(possible.size()));
    BrokerProcess broker = brokers.get(random.nextInt(brokers.size()));
    Link way = ways.get(broker);
    counts.merge(fault, 1, Integer::sum);
    int longer = FleetTorture.TTL_MILLIS * 3 / 2 + random.nextInt(1_000);
    switch (fault) {
      case KILL -> {
        broker.kill();
        Worker.pause(random.nextInt(2 * FleetTorture.TTL_MILLIS));
        broker.restart();
      }
      case PAUSE -> {
        broker.signal("STOP");
        Worker.pause(longer);
        broker.signal("CONT");
      }
      case TERMINATE -> {
        moving = broker;
        broker.terminate();
        broker.restart();
        broker.awaitServing();
        Worker.pause(1_000);
        moving = null;
      }
      case CUT -> broker.link.cut();
      case SILENCE -> {
        broker.link.silence(true);
        Worker.pause(longer);
        broker.link.silence(false);
      }
      case PEERS_CUT -> way.cut();
      case PEERS_SILENCE -> {
        way.silence(true);
        Worker.pause(longer);
        way.silence(false);
      }
      case NODE_KILL -> {
        DatabaseServer node = node();
        node.kill();
        Worker.pause(random.nextInt(2 * FleetTorture.TTL_MILLIS));
        nodes.restart(node);
      }
      case NODE_PAUSE -> {
        DatabaseServer node = node();
        BrokerProcess.signal(node.pid(), "STOP");
        Worker.pause(longer);
        BrokerProcess.signal(node.pid(), "CONT");
      }
      case STEP -> broker.stepClock(random.nextInt(2 * HOUR_MILLIS) - HOUR_MILLIS);
    }
    for (BrokerProcess each : brokers) {
      if (!each.isAlive()) {
        Torture.FAILURES.merge("had ended", 1L, Long::sum);
        each.restart();
      }
      each.awaitServing();
    }
    return fault;
  }

  private DatabaseServer node() {
    return nodes.servers().get(random.nextInt(nodes.servers().size()));
  }

  Map<Fault, Integer> counts() {
    return counts;
  }
}
