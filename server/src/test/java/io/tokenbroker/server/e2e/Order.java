package io.tokenbroker.server.e2e;

import io.tokenbroker.v1.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Which token had which turn, by the numbers of the turns. Thread-safe. */
final class Order {
  private final AtomicReferenceArray<String> tokens;
  private final AtomicInteger highest = new AtomicInteger();

  Order(int capacity) {
    tokens = new AtomicReferenceArray<>(capacity + 1);
  }

  void add(Turn turn) {
    int number = Math.toIntExact(turn.getNumber());
    if (!tokens.compareAndSet(number, null, turn.getTokenId())) {
      throw new AssertionError("turn " + number + " was handed out twice");
    }
    highest.accumulateAndGet(number, Math::max);
  }

  /** The number of the newest turn. */
  int highest() {
    return highest.get();
  }

  /** The tokens of all turns from the first on, none of which may be missing. */
  List<String> whole() {
    List<String> order = new ArrayList<>(highest());
    for (int number = 1; number <= highest(); number++) {
      String token = tokens.get(number);
      if (token == null) {
        throw new AssertionError("nobody got turn " + number + " of " + highest());
      }
      order.add(token);
    }
    return order;
  }
}
