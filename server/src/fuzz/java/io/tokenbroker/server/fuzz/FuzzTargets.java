package io.tokenbroker.server.fuzz;

import io.tokenbroker.server.audit.AuditTarget;
import io.tokenbroker.server.config.ConfigTarget;
import io.tokenbroker.server.grpc.ImportTarget;
import io.tokenbroker.server.grpc.RequestsTarget;
import io.tokenbroker.server.security.JwtTarget;
import io.tokenbroker.server.security.KeysetTarget;
import io.tokenbroker.server.security.PolicyTarget;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** All targets, by name. */
final class FuzzTargets {
  private FuzzTargets() {}

  static Map<String, Supplier<FuzzTarget>> byName() {
    Map<String, Supplier<FuzzTarget>> targets = new LinkedHashMap<>();
    targets.put("policy", PolicyTarget::new);
    targets.put("config", ConfigTarget::new);
    targets.put("import", ImportTarget::new);
    targets.put("keyset", KeysetTarget::new);
    targets.put("jwt", JwtTarget::new);
    targets.put("audit", AuditTarget::new);
    targets.put("requests", RequestsTarget::new);
    return targets;
  }
}
