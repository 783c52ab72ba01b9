package io.tokenbroker.server.rotation;

import java.time.Instant;

/**
 * What is leased of a token, by this broker and others, as far as it is known here.
 *
 * @param count how many leases; the token is out of the turns while there is any
 * @param until when the first of them ends unless it is renewed, to be told to callers: they count
 *     until newer news says otherwise
 * @param version grows: news with a smaller one is older, and changes nothing
 */
public record RemoteHolds(int count, Instant until, long version) {
  static final RemoteHolds NOTHING = new RemoteHolds(0, Instant.MAX, 0);

  RemoteHolds newer(RemoteHolds other) {
    return other.version > version ? other : this;
  }
}
