package io.tokenbroker.server.fleet;

import io.tokenbroker.server.fleet.FleetStore.AddressTakenException;
import io.tokenbroker.server.fleet.FleetStore.View;
import io.tokenbroker.server.model.BrokerException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This broker as a member of the fleet. One thread calls {@link #tryJoin} and then {@link #step}
 * over and over; anybody may ask who owns what. A step does, in this order: renew, look who is
 * there, strike off who is silent, see who owns what, take what is free, hand over what others
 * want.
 *
 * <p>That there are never two owners stands on three things. A member strikes another one off only
 * after it has seen no renewal for all of that one's TTL, and by compare-and-set on the renewal it
 * has seen last. Only what belongs to no member can be taken. And an owner's right ends, by its own
 * clock, before anybody can have waited that long.
 */
public final class FleetMember implements Owners, Peers {
  /** How often it is looked while something is about to come here. */
  static final Duration POLL = Duration.ofMillis(50);

  /** How many partitions move at a time: each is nobody's while they are saved. */
  static final int BATCH = 64;

  private final FleetStore store;
  private final FleetSettings settings;
  private volatile String address = "";
  private final String key;
  private final String version;
  private final Supplier<String> ids;
  private final OwnershipListener listener;
  private final LongSupplier ticker;
  private final Holdings holdings = new Holdings();
  private final Witness witness = new Witness();
  private final CompletableFuture<@Nullable Void> left = new CompletableFuture<>();

  // of the thread that steps, but that others may read them
  private volatile Tenure tenure;
  private volatile String id = "";
  private volatile List<Member> members = List.of();
  private List<Seat> seats = List.of();
  private long epochs = -1;
  private long renewed;
  private final Map<Owner.Here, Grant> granted = new HashMap<>();
  private @Nullable Move move;

  private volatile boolean leaving;
  private boolean leavingTold;

  /** A peer said something that is not known here: look at all. */
  private volatile boolean hinted;

  private volatile Runnable wake = () -> {};

  /**
   * @param ids makes an id that was never used before, and that nobody guesses
   * @param ticker monotonic, in nanoseconds; goes on while the process is stopped
   */
  public FleetMember(
      FleetStore store,
      FleetSettings settings,
      String version,
      Supplier<String> ids,
      OwnershipListener listener,
      LongSupplier ticker) {
    this.store = store;
    this.settings = settings;
    this.version = version;
    this.ids = ids;
    this.key = ids.get();
    this.listener = listener;
    this.ticker = ticker;
    this.tenure = newTenure();
  }

  private Tenure newTenure() {
    return new Tenure(ticker, settings.ttl(), settings.margin());
  }

  /**
   * To be told before it joins.
   *
   * @param address as others reach it, HOST:PORT
   */
  public void advertise(String address) {
    this.address = address;
  }

  /**
   * @param wake is called, by any thread, when {@link #step} has something to do
   */
  public void onNews(Runnable wake) {
    this.wake = wake;
  }

  @Override
  public Owner ownerOf(int partition) {
    return holdings.owner(partition);
  }

  @Override
  public boolean isCertain(int partition) {
    Grant grant = holdings.grant(partition);
    return grant != null && grant.state() != Grant.State.LAPSED;
  }

  @Override
  public String self() {
    return address;
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public Optional<String> keyOf(String other) {
    return members.stream()
        .filter(member -> member.address().equals(other))
        .map(Member::key)
        .findFirst();
  }

  /** This broker's right on an account; null if it has none. */
  public @Nullable Grant grantOf(String account) {
    return holdings.grant(Partitions.of(account));
  }

  /** As {@link #grantOf}, of all partitions: 0 where there is none. */
  public Epochs epochs() {
    long[] epochs = new long[Partitions.COUNT];
    holdings.grants().forEach(g -> epochs[g.owner().partition()] = g.owner().epoch());
    return new Epochs(epochs);
  }

  @Override
  public void moved(int partition, long epoch, String owner) {
    if (partition < 0 || partition >= Partitions.COUNT) {
      return;
    }
    // what it says of this broker itself only the database can confirm
    Owner told = at(partition, epoch, owner.equals(address) ? "" : owner);
    if (holdings.hinted(partition, epoch, told)) {
      hinted = true;
      wake.run();
    }
  }

  private static Owner at(int partition, long epoch, String owner) {
    return owner.isEmpty()
        ? new Owner.Unknown(partition, Holdings.RETRY)
        : new Owner.At(owner, partition, epoch);
  }

  public String id() {
    return id;
  }

  /** As of the last look. */
  public List<Member> members() {
    return members;
  }

  /** How many partitions it owns. */
  public int owned() {
    return holdings.grants().size();
  }

  /**
   * Becomes a member, under an id of its own. Whoever has the address already and does not renew
   * for its TTL, as one that has crashed, is struck off: to be called again as long as this is not
   * 0.
   *
   * @return nanoseconds until the next try; 0 if it has joined
   * @throws AddressTakenException if who has the address is there
   */
  public long tryJoin() throws AddressTakenException {
    try {
      join();
      return 0;
    } catch (AddressTakenException e) {
      Member holder = e.holder();
      boolean renewedSince = witness.hasChanged(holder);
      witness.see(List.of(holder), ticker.getAsLong());
      if (renewedSince) {
        throw e;
      }
      long left = witness.leftNanos(holder, ticker.getAsLong());
      if (left > 0) {
        return Math.min(left, settings.heartbeat().toNanos());
      }
      if (store.strikeOff(holder.id(), holder.beat())) {
        listener.struckOff(holder);
      }
      return 1;
    }
  }

  private void join() throws AddressTakenException {
    String fresh = ids.get();
    Tenure begun = newTenure();
    long asked = ticker.getAsLong();
    store.join(new Member(fresh, address, 0, settings.ttl(), false, version, key));
    begun.renewed(asked);
    tenure = begun;
    id = fresh;
    renewed = asked;
    epochs = -1;
    leavingTold = false;
  }

  /**
   * Does what there is to do.
   *
   * @return nanoseconds after which it is to be called again, at the latest
   * @throws BrokerException if the database can't be asked; to be called again soon
   * @throws AddressTakenException if it was struck off, and another one has its address by now
   */
  public long step() throws AddressTakenException {
    if (id.isEmpty()) {
      long wait = tryJoin();
      if (wait > 0) {
        return wait;
      }
    }
    renewIfDue();
    if (leaving && !leavingTold) {
      store.leaving(id);
      leavingTold = true;
    }
    View view = store.look();
    long seen = ticker.getAsLong();
    if (view.members().stream().noneMatch(member -> member.id().equals(id))) {
      // a node of a cluster may be behind: the one that writes knows
      if (!store.renew(id)) {
        exclude();
      }
      return POLL.toNanos();
    }
    List<Member> there = strikeOff(view.members(), seen);
    boolean changed = !ids(there).equals(ids(members)) || hinted;
    members = there;
    if (changed || view.epochs() != epochs) {
      look();
    }
    finishMove();
    if (take()) {
      look();
    }
    beginMove();
    if (leaving && isDone()) {
      left.complete(null);
    }
    return untilNext();
  }

  private void renewIfDue() {
    long asked = ticker.getAsLong();
    if (asked - renewed < settings.heartbeat().toNanos() && tenure.holds()) {
      return;
    }
    if (store.renew(id)) {
      tenure.renewed(asked);
      renewed = asked;
    }
  }

  /** It is no member any more in the others' eyes, and owns nothing. Is to join under a new id. */
  private void exclude() {
    granted.values().forEach(Grant::end);
    move = null;
    id = "";
    tellLost();
    listener.excluded();
  }

  private List<Member> strikeOff(List<Member> present, long seen) {
    List<Member> others = present.stream().filter(member -> !member.id().equals(id)).toList();
    witness.see(others, seen);
    List<Member> there = new ArrayList<>(present);
    for (Member silent : witness.silent(others, seen)) {
      if (store.strikeOff(silent.id(), silent.beat())) {
        listener.struckOff(silent);
        there.remove(silent);
      }
    }
    return List.copyOf(there);
  }

  private static List<String> ids(List<Member> members) {
    return members.stream().map(member -> member.id() + member.leaving()).sorted().toList();
  }

  /** Sees who owns what. */
  private void look() {
    hinted = false;
    Map<String, Member> byId = new HashMap<>();
    members.forEach(member -> byId.put(member.id(), member));
    List<Seat> now = store.seats();
    List<Owner.Here> gained = new ArrayList<>();
    for (Seat seat : now) {
      if (seat.owner().equals(id)) {
        if (seat.epoch() > holdings.epoch(seat.partition())) {
          Grant grant = new Grant(seat.partition(), seat.epoch(), tenure);
          if (holdings.granted(grant)) {
            granted.put(grant.owner(), grant);
            gained.add(grant.owner());
          }
        }
      } else {
        Member owner = byId.get(seat.owner());
        holdings.others(
            seat.partition(),
            seat.epoch(),
            at(seat.partition(), seat.epoch(), owner == null ? "" : owner.address()));
      }
    }
    seats = now;
    epochs = now.stream().mapToLong(Seat::epoch).sum();
    tellLost();
    if (!gained.isEmpty()) {
      listener.gained(gained);
    }
  }

  private void tellLost() {
    List<Owner.Here> lost = new ArrayList<>();
    granted
        .values()
        .removeIf(
            grant -> {
              if (grant.isEnded()) {
                lost.add(grant.owner());
              }
              return grant.isEnded();
            });
    if (!lost.isEmpty()) {
      listener.lost(lost);
    }
  }

  /** What belongs to no member and is to be this one's; also its own that it had given up. */
  private boolean take() {
    List<String> there = members.stream().map(Member::id).toList();
    List<Seat> free = new ArrayList<>();
    for (Seat seat : seats) {
      boolean own = seat.owner().equals(id) && holdings.grant(seat.partition()) == null;
      if ((own || !there.contains(seat.owner())) && isWinner(seat.partition())) {
        free.add(seat);
      }
    }
    if (free.isEmpty()) {
      return false;
    }
    store.take(id, free);
    return true;
  }

  private boolean isWinner(int partition) {
    Member winner = Rendezvous.winner(partition, members);
    return winner != null && winner.id().equals(id);
  }

  /** Partitions on their way to other members. */
  private static final class Move {
    final List<Grant> grants;
    final List<Seat> seats;
    volatile @Nullable Boolean saved;

    /** Whether the database may have handed them over: then there is no way back. */
    boolean asked;

    Move(List<Grant> grants, List<Seat> seats) {
      this.grants = grants;
      this.seats = seats;
    }

    List<Owner.Here> owners() {
      return grants.stream().filter(grant -> !grant.isEnded()).map(Grant::owner).toList();
    }
  }

  private void beginMove() {
    if (move != null) {
      return;
    }
    List<Grant> grants = new ArrayList<>();
    List<Seat> moving = new ArrayList<>();
    for (Seat seat : seats) {
      if (moving.size() < BATCH && seat.owner().equals(id) && target(seat).isPresent()) {
        moving.add(seat);
        Grant grant = holdings.grant(seat.partition());
        if (grant != null) {
          grant.stop();
          grants.add(grant);
        }
      }
    }
    if (moving.isEmpty()) {
      return;
    }
    Move next = new Move(grants, moving);
    move = next;
    listener
        .stopped(next.owners())
        .whenComplete(
            (saved, failure) -> {
              next.saved = failure == null && saved;
              wake.run();
            });
  }

  /** The member to which a seat of this one is to go. */
  private Optional<Member> target(Seat seat) {
    return Optional.ofNullable(Rendezvous.winner(seat.partition(), members))
        .filter(winner -> !winner.id().equals(id));
  }

  private void finishMove() {
    Move now = move;
    Boolean saved = now == null ? null : now.saved;
    if (now == null || saved == null) {
      return;
    }
    if (!saved && !now.asked) {
      move = null;
      now.grants.forEach(Grant::resume);
      listener.resumed(now.owners());
      return;
    }
    now.asked = true;
    Map<String, List<Seat>> byTarget = new HashMap<>();
    for (Seat seat : now.seats) {
      // nobody wants it but this broker: it takes it again, in a new epoch
      String target = target(seat).map(Member::id).orElse(id);
      byTarget.computeIfAbsent(target, any -> new ArrayList<>()).add(seat);
    }
    byTarget.forEach((target, some) -> store.hand(some, target));
    move = null;
    now.grants.forEach(Grant::end);
    look();
  }

  private boolean isDone() {
    return move == null
        && (seats.stream().noneMatch(seat -> seat.owner().equals(id))
            || members.stream().allMatch(Member::leaving));
  }

  private long untilNext() {
    long heartbeat = renewed + settings.heartbeat().toNanos() - ticker.getAsLong();
    long next = heartbeat;
    for (Member member : members) {
      if (!member.id().equals(id)) {
        next = Math.min(next, witness.leftNanos(member, ticker.getAsLong()));
      }
    }
    if (move == null ? isAnyToMove() : move.saved != null) {
      return 0;
    }
    boolean waits = seats.stream().anyMatch(s -> !s.owner().equals(id) && isWinner(s.partition()));
    if (waits) {
      next = Math.min(next, POLL.toNanos());
    }
    return Math.max(0, next);
  }

  private boolean isAnyToMove() {
    return seats.stream().anyMatch(seat -> seat.owner().equals(id) && target(seat).isPresent());
  }

  /**
   * Begins to hand over all it owns; completes when that is done, or when there is nobody to have
   * it. Goes on stepping until {@link #leave}.
   */
  public CompletableFuture<@Nullable Void> beginLeave() {
    leaving = true;
    wake.run();
    return left;
  }

  /** The end: what it still owns is free at once. By the thread that has stepped. */
  public void leave() {
    granted.values().forEach(Grant::end);
    store.leave(id);
  }
}
