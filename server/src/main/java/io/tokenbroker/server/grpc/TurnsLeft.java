package io.tokenbroker.server.grpc;

import io.grpc.Metadata;
import io.tokenbroker.v1.StreamTokensRequest;
import io.tokenbroker.v1.StreamTokensResponse;
import java.util.Optional;

/**
 * What is left of a stream of turns when it goes on with another owner: of its limit, and of what
 * its reader has asked for. Used by one thread at a time, but for {@link #asked}.
 */
final class TurnsLeft {
  private final StreamTokensRequest first;
  private final boolean growing;
  private long limit;

  /**
   * Turns that were asked for and have not come; {@link InboundCall#AS_ASKED} if nothing counts.
   */
  private long demand;

  TurnsLeft(StreamTokensRequest first) {
    this.first = first;
    this.growing = !first.getStreamId().isEmpty();
    this.limit = first.getLimit();
    this.demand = first.getDemand() > 0 ? first.getDemand() : InboundCall.AS_ASKED;
  }

  /** Its reader has asked for more, through this broker. */
  synchronized void asked(long count) {
    if (demand >= 0) {
      demand = demand > Long.MAX_VALUE - count ? Long.MAX_VALUE : demand + count;
    }
  }

  synchronized void sent(StreamTokensResponse message) {
    int turns = message.getTurnsCount();
    if (first.getLimit() > 0) {
      limit -= turns;
    }
    if (demand >= 0) {
      demand = Math.max(0, demand - turns);
    }
  }

  /** Whether nothing more is to come. */
  synchronized boolean isDone() {
    return (first.getLimit() > 0 && limit <= 0) || (demand == 0 && !growing);
  }

  /**
   * What to ask the next owner for.
   *
   * @param trailers of the one before, who knows best what was asked for; empty if it is gone
   * @return false if nobody knows: its reader may wait for turns that it has asked the last one for
   */
  synchronized boolean goOn(Optional<Metadata> trailers) {
    String told = trailers.map(there -> there.get(Hop.DEMAND)).orElse(null);
    if (told != null) {
      demand = Long.parseLong(told);
      return true;
    }
    return trailers.isPresent() || demand != 0;
  }

  synchronized StreamTokensRequest request() {
    return limit == first.getLimit() ? first : first.toBuilder().setLimit(limit).build();
  }

  synchronized long demand() {
    return demand;
  }
}
