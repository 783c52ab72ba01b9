package io.tokenbroker.server.grpc;

import io.tokenbroker.v1.RequestTurnsRequest;
import io.tokenbroker.v1.StreamTokensRequest;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The streams of turns whose readers are connected here and may ask for more, wherever their
 * accounts are. Thread-safe.
 */
final class TurnStreams {
  private record Key(String account, String caller, String stream) {}

  private final ConcurrentHashMap<Key, TurnsLeft> open = new ConcurrentHashMap<>();

  /**
   * @param caller whose stream it is
   * @return forgets it
   */
  Runnable open(StreamTokensRequest request, String caller, TurnsLeft left) {
    if (request.getStreamId().isEmpty()) {
      return () -> {};
    }
    Key key = new Key(request.getAccount(), caller, request.getStreamId());
    // not that of another one of the same id, which the owner refuses
    TurnsLeft unused = open.putIfAbsent(key, left);
    return () -> open.remove(key, left);
  }

  private static Key key(RequestTurnsRequest more, String caller) {
    return new Key(more.getAccount(), caller, more.getStreamId());
  }

  boolean has(RequestTurnsRequest more, String caller) {
    return open.containsKey(key(more, caller));
  }

  /** The owner has taken note. */
  void asked(RequestTurnsRequest more, String caller) {
    TurnsLeft stream = open.get(key(more, caller));
    if (stream != null) {
      stream.asked(more.getCount());
    }
  }
}
