package io.tokenbroker.client.cli;

import com.google.protobuf.Timestamp;
import io.grpc.StatusRuntimeException;
import io.tokenbroker.client.TokenBrokerClient;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Tells people which of the tokens that they drain are still held, and for how long. */
final class LeasesLeft {
  private LeasesLeft() {}

  private record Held(int count, Timestamp last) {
    Held and(Held other) {
      return new Held(
          count + other.count, last.getSeconds() < other.last.getSeconds() ? other.last : last);
    }
  }

  static void tell(
      TokenBrokerClient client, Remote remote, String account, Collection<String> tokens) {
    if (remote.json()) {
      return;
    }
    Map<String, Held> held = new TreeMap<>();
    try {
      var unused =
          LeasePages.read(
              client,
              account,
              lease -> {
                if (tokens.contains(lease.getTokenId())) {
                  held.merge(lease.getTokenId(), new Held(1, lease.getExpireTime()), Held::and);
                }
              });
    } catch (StatusRuntimeException e) {
      return; // the tokens are changed all the same
    }
    held.forEach((token, leases) -> remote.out().println(line(account, token, leases)));
  }

  private static String line(String account, String token, Held held) {
    return Visible.text(
        "token %s still has %s, until %s unless renewed: see `tokenbroker lease list %s`"
            .formatted(
                token,
                held.count == 1 ? "1 lease" : held.count + " leases",
                Times.shown(held.last),
                account));
  }
}
