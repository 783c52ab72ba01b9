package io.tokenbroker.server.fleet;

import io.tokenbroker.server.model.BrokerException;
import java.util.Collection;
import java.util.List;

/**
 * The referee: members and the owners of partitions, each changed by compare-and-set. No clock
 * decides. Every method blocks on I/O and throws a {@link BrokerException}, above all
 * STORE_UNAVAILABLE; after that the change may stand all the same.
 */
public interface FleetStore {
  /**
   * Makes a member of who was none.
   *
   * @throws AddressTakenException if another member has this address
   * @throws IllegalStateException if the database has another number of partitions
   */
  void join(Member member) throws AddressTakenException;

  /** False if it was struck off, and so owns nothing. */
  boolean renew(String member);

  /** All members, and what tells whether any owner has changed since. */
  View look();

  List<Seat> seats();

  /** Strikes a member off, unless it has renewed since. */
  boolean strikeOff(String member, long beat);

  /**
   * Makes a member the owner of partitions whose owner is no member, or itself, as they were seen.
   * Others stay as they are.
   */
  void take(String member, Collection<Seat> seen);

  /** Makes another member the owner of partitions of one, as they were seen. */
  void hand(Collection<Seat> seen, String to);

  /** A member is about to go, and wants nothing any more. */
  void leaving(String member);

  /** It is gone: what it owns is free. */
  void leave(String member);

  /** The same for all brokers of the database, and for no others. */
  String fleetId();

  /**
   * @param epochs the sum of the epochs of all partitions
   */
  record View(List<Member> members, long epochs) {
    public View {
      members = List.copyOf(members);
    }
  }

  /** Another member has the address. */
  final class AddressTakenException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Member holder;

    public AddressTakenException(Member holder) {
      super(holder.address() + " is the address of another member of the fleet");
      this.holder = holder;
    }

    public Member holder() {
      return holder;
    }
  }
}
