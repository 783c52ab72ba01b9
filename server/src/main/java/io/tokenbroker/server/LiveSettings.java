package io.tokenbroker.server;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.grpc.GrpcServer;
import io.tokenbroker.server.log.Logging;
import io.tokenbroker.server.security.PolicyStatus;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a broker can heed while it serves, and how.
 *
 * @param byKey of the configuration
 * @param files looks at those that are watched anyway; blocks
 * @param policy which is in force
 */
record LiveSettings(
    Map<String, Consumer<Config>> byKey, Runnable files, Supplier<PolicyStatus> policy) {
  static LiveSettings of(
      GrpcServer server, Optional<HttpPort> http, Runnable files, Supplier<PolicyStatus> policy) {
    Map<String, Consumer<Config>> byKey = new TreeMap<>();
    byKey.put("log.level", newer -> Logging.setLevel(newer.log().level()));
    byKey.put("limits.max_request_bytes", newer -> server.bound(newer.limits()));
    byKey.put("limits.max_unsent_bytes", newer -> server.bound(newer.limits()));
    byKey.put("connections.max", newer -> server.bound(newer.connections()));
    byKey.put("connections.max_per_address", newer -> server.bound(newer.connections()));
    http.ifPresent(
        port -> byKey.put("metrics.max_accounts", newer -> newer.http().ifPresent(port::heed)));
    return new LiveSettings(byKey, files, policy);
  }

  boolean isLive(String key) {
    return byKey.containsKey(key);
  }

  void heed(Set<String> keys, Config newer) {
    byKey.forEach(
        (key, heed) -> {
          if (keys.contains(key)) {
            heed.accept(newer);
          }
        });
    files.run();
  }
}
