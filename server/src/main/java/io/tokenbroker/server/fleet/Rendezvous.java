package io.tokenbroker.server.fleet;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Which of the members wants a partition (highest random weight; Thaler and Ravishankar, 1998):
 * each has 1/N of them, and one that comes or goes moves no others than its own. Pure.
 */
final class Rendezvous {
  private static final long SEED = 0x9e3779b97f4a7c15L;

  private Rendezvous() {}

  /** Of those who are not leaving; null if there is none. */
  static @Nullable Member winner(int partition, Collection<Member> members) {
    Member best = null;
    long most = 0;
    for (Member member : members) {
      if (member.leaving()) {
        continue;
      }
      long weight = weight(partition, member.address());
      int order = best == null ? 1 : Long.compareUnsigned(weight, most);
      if (best == null || order > 0 || (order == 0 && isBefore(member, best))) {
        best = member;
        most = weight;
      }
    }
    return best;
  }

  private static boolean isBefore(Member one, Member other) {
    return one.address().compareTo(other.address()) < 0;
  }

  /** By the address: a member that restarts gets back what it had. */
  private static long weight(int partition, String address) {
    return Partitions.mixed(Partitions.hash(SEED, address) ^ Partitions.mixed(partition + 1L));
  }
}
