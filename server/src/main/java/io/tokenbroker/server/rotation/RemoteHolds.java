package io.tokenbroker.server.rotation;

import java.time.Instant;

/**
 * What other brokers hold of a token.
 *
 * @param count how many leases; the token is out of the turns while there is any
 * @param until when the first of them ends unless it is renewed, to be told to callers: they count
 *     until newer news says otherwise
 * @param version grows: news with a smaller one is older, and changes nothing
 */
public record RemoteHolds(int count, Instant until, long version) {
  static final RemoteHolds NOTHING = new RemoteHolds(0, Instant.MAX, 0);
}
