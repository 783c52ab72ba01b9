package io.tokenbroker.server.fleet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The database of a {@link Simulation}: what SQL does, without it. */
class Referee implements FleetStore {
  final Map<String, Member> members = new LinkedHashMap<>();
  final Seat[] seats = new Seat[Partitions.COUNT];

  /** The state of each partition, as it was saved last. */
  final long[] saved = new long[Partitions.COUNT];

  final List<List<Long>> handedOut = new ArrayList<>();

  Referee() {
    for (int i = 0; i < seats.length; i++) {
      seats[i] = new Seat(i, "", 0);
      handedOut.add(new ArrayList<>());
    }
  }

  @Override
  public void join(Member member) throws AddressTakenException {
    for (Member other : members.values()) {
      if (other.address().equals(member.address())) {
        throw new AddressTakenException(other);
      }
    }
    members.put(member.id(), member);
  }

  @Override
  public boolean renew(String member) {
    return members.computeIfPresent(member, (id, old) -> with(old, old.beat() + 1, old.leaving()))
        != null;
  }

  static Member with(Member old, long beat, boolean leaving) {
    return new Member(old.id(), old.address(), beat, old.ttl(), leaving, old.version(), old.key());
  }

  @Override
  public View look() {
    return new View(List.copyOf(members.values()), seats().stream().mapToLong(Seat::epoch).sum());
  }

  @Override
  public List<Seat> seats() {
    return List.of(seats);
  }

  @Override
  public boolean strikeOff(String member, long beat) {
    Member there = members.get(member);
    if (there == null || there.beat() != beat) {
      return false;
    }
    members.remove(member);
    return true;
  }

  @Override
  public void take(String member, Collection<Seat> seen) {
    for (Seat seat : seen) {
      Seat there = seats[seat.partition()];
      boolean free = there.owner().equals(member) || !members.containsKey(there.owner());
      if (there.equals(seat) && free) {
        give(there, member);
      }
    }
  }

  @Override
  public void hand(Collection<Seat> seen, String to) {
    for (Seat seat : seen) {
      Seat there = seats[seat.partition()];
      if (there.equals(seat)) {
        give(there, to);
      }
    }
  }

  final void give(Seat there, String owner) {
    seats[there.partition()] = new Seat(there.partition(), owner, there.epoch() + 1);
  }

  @Override
  public void leaving(String member) {
    members.computeIfPresent(member, (id, old) -> with(old, old.beat(), true));
  }

  @Override
  public void leave(String member) {
    members.remove(member);
  }

  @Override
  public String fleetId() {
    return "simulated";
  }
}
