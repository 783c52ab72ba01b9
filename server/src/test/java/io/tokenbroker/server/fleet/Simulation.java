package io.tokenbroker.server.fleet;

import io.tokenbroker.server.fleet.FleetStore.AddressTakenException;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A fleet in virtual time, by one seed: members whose clocks run at different speeds and are
 * stopped between any two statements, a database that is cut off, that answers late, and whose
 * commits happen after their answer was given up. After everything that happens, nobody may own
 * what somebody else owns.
 */
final class Simulation {
  static final FleetSettings SETTINGS =
      new FleetSettings(Duration.ofSeconds(1), Duration.ofSeconds(5), FleetSettings.OnSplit.REFUSE);

  /** Partitions looked at: all would take long, and each is like the others. */
  private static final int LOOKED_AT = 24;

  private static final int MOST_NESTED = 3;

  final Random random;
  final Referee referee;
  private final List<Broker> brokers = new ArrayList<>();
  private final PriorityQueue<Late> late = new PriorityQueue<>();
  private final boolean stops;
  private long now = TimeUnit.DAYS.toNanos(1);
  private int nested;
  private int made;
  boolean faults;

  /**
   * @param stops whether a broker's clock stands still while it is stopped, as no clock may
   */
  Simulation(long seed, Referee referee, boolean stops) {
    this.random = new Random(seed);
    this.referee = referee;
    this.stops = stops;
  }

  private record Late(long at, Runnable change) implements Comparable<Late> {
    @Override
    public int compareTo(Late other) {
      return Long.compare(at, other.at);
    }
  }

  /** What a member asks of the referee, with all that may come between. */
  private final class Wire implements java.lang.reflect.InvocationHandler {
    private final Broker broker;

    Wire(Broker broker) {
      this.broker = broker;
    }

    @Override
    public @Nullable Object invoke(
        Object proxy, java.lang.reflect.Method method, Object @Nullable [] args) throws Throwable {
      interrupt(broker);
      if (faults && broker.cutUntil > now) {
        pass(millis(4_000));
        throw lost();
      }
      if (faults && chance(0.02) && method.getReturnType() != FleetStore.View.class) {
        late.add(new Late(now + millis(20_000), () -> call(method, args)));
        throw lost();
      }
      Object answer;
      try {
        answer = method.invoke(referee, args);
      } catch (java.lang.reflect.InvocationTargetException e) {
        throw e.getCause();
      }
      check();
      interrupt(broker);
      if (faults && chance(0.02)) {
        throw lost();
      }
      return answer;
    }

    private void call(java.lang.reflect.Method method, Object @Nullable [] args) {
      try {
        method.invoke(referee, args);
      } catch (ReflectiveOperationException e) {
        // nobody listens any more
      }
    }
  }

  private static BrokerException lost() {
    return BrokerException.storeUnavailable("cut off", Duration.ofMillis(250), null);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private long millis(int most) {
    return TimeUnit.MILLISECONDS.toNanos(random.nextInt(most));
  }

  /** Between two statements time passes, and sometimes very much of it. */
  private void interrupt(Broker broker) {
    pass(millis(3));
    if (faults && nested < MOST_NESTED && chance(0.01)) {
      nested++;
      broker.busy = true;
      long begin = now;
      long end = now + millis(12_000);
      while (now < end) {
        pass(millis(200));
        stepOne();
      }
      if (stops) {
        broker.lag += now - begin;
      }
      nested--;
    }
  }

  private void pass(long nanos) {
    now += nanos;
    while (!late.isEmpty() && late.peek().at <= now) {
      late.remove().change.run();
      check();
    }
  }

  /** A broker: its clock, its member, and a count for each partition as its state. */
  final class Broker implements OwnershipListener {
    private final double speed = 0.99 + random.nextDouble() * 0.02;
    private final long offset = random.nextLong() >> 8;
    final FleetMember member;
    final String name;
    private long due;
    private long lag;
    long cutUntil;
    boolean busy;
    boolean leaving;
    final long[] turns = new long[Partitions.COUNT];

    Broker() {
      name = "broker-" + made++;
      FleetStore wire =
          (FleetStore)
              java.lang.reflect.Proxy.newProxyInstance(
                  FleetStore.class.getClassLoader(),
                  new Class<?>[] {FleetStore.class},
                  new Wire(this));
      member =
          new FleetMember(wire, SETTINGS, "", () -> "id" + random.nextLong(), this, this::clock);
      member.advertise(name + ":1");
    }

    long clock() {
      return (long) ((now - lag) * speed) + offset;
    }

    void step() {
      busy = true;
      try {
        due = now + (long) (member.step() / speed);
      } catch (BrokerException | AddressTakenException e) {
        due = now + TimeUnit.MILLISECONDS.toNanos(250);
      } finally {
        busy = false;
      }
      if (leaving && member.beginLeave().isDone()) {
        try {
          member.leave();
        } catch (BrokerException e) {
          // its TTL tells the others
        }
        brokers.remove(this);
      }
    }

    @Override
    public void gained(List<Owner.Here> partitions) {
      partitions.forEach(p -> turns[p.partition()] = referee.saved[p.partition()]);
    }

    @Override
    public CompletionStage<Boolean> stopped(List<Owner.Here> partitions) {
      partitions.forEach(p -> referee.saved[p.partition()] = turns[p.partition()]);
      return CompletableFuture.completedFuture(!faults || chance(0.9));
    }

    @Override
    public void resumed(List<Owner.Here> partitions) {}

    @Override
    public void lost(List<Owner.Here> partitions) {}
  }

  Broker add() {
    Broker broker = new Broker();
    brokers.add(broker);
    return broker;
  }

  void crash() {
    List<Broker> idle = brokers.stream().filter(broker -> !broker.busy).toList();
    if (idle.size() > 1) {
      brokers.remove(idle.get(random.nextInt(idle.size())));
    }
  }

  void leave() {
    if (brokers.size() > 1) {
      Broker broker = brokers.get(random.nextInt(brokers.size()));
      broker.leaving = true;
      broker.member.beginLeave();
      broker.due = now;
    }
  }

  void cut() {
    brokers.get(random.nextInt(brokers.size())).cutUntil = now + millis(15_000);
  }

  /** A peer that has heard something, true or not. */
  void rumour() {
    Broker hearer = brokers.get(random.nextInt(brokers.size()));
    Broker named = brokers.get(random.nextInt(brokers.size()));
    int partition = random.nextInt(LOOKED_AT);
    hearer.member.moved(
        partition,
        referee.seats().get(partition).epoch() + random.nextInt(3) - 1,
        named.name + ":1");
    hearer.due = now;
  }

  private void stepOne() {
    for (Broker broker : List.copyOf(brokers)) {
      if (!broker.busy && broker.due <= now) {
        broker.step();
        check();
      }
    }
  }

  void run(Duration time) {
    long end = now + time.toNanos();
    while (now < end) {
      pass(millis(40));
      stepOne();
      turn();
    }
  }

  /** Each turn of a partition is handed out by whoever owns it now. */
  private void turn() {
    for (int i = 0; i < LOOKED_AT; i++) {
      for (Broker broker : brokers) {
        if (owns(broker, i)) {
          referee.handedOut.get(i).add(++broker.turns[i]);
        }
      }
    }
  }

  private boolean owns(Broker broker, int partition) {
    Grant grant = broker.member.grantOf(ACCOUNTS[partition]);
    return grant != null && grant.state() == Grant.State.HELD;
  }

  private void check() {
    for (int i = 0; i < LOOKED_AT; i++) {
      int partition = i;
      List<String> owners =
          brokers.stream().filter(b -> owns(b, partition)).map(b -> b.name).toList();
      if (owners.size() > 1) {
        throw new TwoOwners("partition " + i + " is owned by " + owners);
      }
    }
  }

  /** Who owns a partition; null if nobody does. */
  @Nullable String owner(int partition) {
    return brokers.stream()
        .filter(broker -> owns(broker, partition))
        .map(broker -> broker.name)
        .findFirst()
        .orElse(null);
  }

  List<Broker> brokers() {
    return brokers;
  }

  static final class TwoOwners extends RuntimeException {
    private static final long serialVersionUID = 1;

    TwoOwners(String message) {
      super(message);
    }
  }

  /** An account of each partition. */
  private static final String[] ACCOUNTS = accounts();

  private static String[] accounts() {
    String[] accounts = new String[Partitions.COUNT];
    for (int i = 0, left = Partitions.COUNT; left > 0; i++) {
      int partition = Partitions.of("account-" + i);
      if (accounts[partition] == null) {
        accounts[partition] = "account-" + i;
        left--;
      }
    }
    return accounts;
  }
}
