package io.tokenbroker.server.testing;

import io.tokenbroker.server.config.Config;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.grpc.ConnectionLimits;
import io.tokenbroker.server.lease.LeaseBounds;
import io.tokenbroker.server.model.AccountId;
import io.tokenbroker.server.outcome.OutcomeSettings;
import io.tokenbroker.server.rotation.AccountLoader;
import io.tokenbroker.server.rotation.EvictionGuard;
import io.tokenbroker.server.rotation.Rights;
import io.tokenbroker.server.rotation.RotationSettings;
import io.tokenbroker.server.rotation.RotationTable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** What nobody has configured. */
public final class Defaults {
  private static final Config CONFIG =
      LoadedConfig.load(Optional.empty(), Map.of(), Map.of()).config();

  /** With as many loaded accounts as there are. */
  public static final RotationSettings ROTATION = rotation(Long.MAX_VALUE);

  public static final OutcomeSettings OUTCOME = CONFIG.outcome();
  public static final LeaseBounds LEASES = CONFIG.lease().bounds();
  public static final ConnectionLimits CONNECTIONS = CONFIG.connections();

  private Defaults() {}

  public static RotationSettings rotation(long maxLoadedBytes) {
    return rotation(CONFIG.rotation().unknownTtl(), maxLoadedBytes);
  }

  private static RotationSettings rotation(Duration unknownTtl, long maxLoadedBytes) {
    RotationSettings d = CONFIG.rotation();
    return new RotationSettings(
        unknownTtl,
        d.maxScopes(),
        d.maxWaiters(),
        d.waitMargin(),
        d.limitMargin(),
        d.turnTimeout(),
        d.maxProbeDelay(),
        maxLoadedBytes);
  }

  /** Without an alarm: for what has no waiting calls. */
  public static RotationTable table(
      AccountLoader loader,
      Duration unknownTtl,
      LongSupplier ticker,
      InstantSource clock,
      Consumer<AccountId> changes) {
    return new RotationTable(
        loader,
        rotation(unknownTtl, Long.MAX_VALUE),
        ticker,
        clock,
        (delayNanos, task) -> {},
        changes,
        EvictionGuard.NONE,
        Rights.ALL);
  }
}
