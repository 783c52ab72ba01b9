package io.tokenbroker.server.fleet;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who has not renewed for a whole TTL, by this broker's monotonic clock since it saw the last
 * renewal: no clock is compared with another one, so it does not matter what any of them says, nor
 * by which node of a cluster a renewal came. Used by one thread.
 */
final class Witness {
  private record Seen(long beat, long nanos) {}

  private final Map<String, Seen> seen = new HashMap<>();

  /**
   * @param nanos when the members had been read
   */
  void see(Collection<Member> members, long nanos) {
    Map<String, Seen> now = new HashMap<>();
    for (Member member : members) {
      Seen before = seen.get(member.id());
      now.put(
          member.id(),
          before != null && before.beat == member.beat() ? before : new Seen(member.beat(), nanos));
    }
    seen.clear();
    seen.putAll(now);
  }

  /** Whether a member has renewed since it was seen last. */
  boolean hasChanged(Member member) {
    Seen last = seen.get(member.id());
    return last != null && last.beat != member.beat();
  }

  /** For how long to wait until a member may be struck off; 0 or less if it may. */
  long leftNanos(Member member, long nanos) {
    Seen last = seen.get(member.id());
    return last == null || last.beat != member.beat()
        ? member.ttl().toNanos()
        : last.nanos + member.ttl().toNanos() - nanos;
  }

  List<Member> silent(Collection<Member> members, long nanos) {
    return members.stream().filter(member -> leftNanos(member, nanos) <= 0).toList();
  }
}
