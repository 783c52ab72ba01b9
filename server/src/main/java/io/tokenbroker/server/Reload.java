package io.tokenbroker.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.tokenbroker.server.config.ConfigException;
import io.tokenbroker.server.config.LoadedConfig;
import io.tokenbroker.server.grpc.ReloadCalls.Reloaded;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the configuration read again while the broker serves. Thread-safe: once at a time. */
final class Reload {
  private static final Logger log = LoggerFactory.getLogger(Reload.class);

  private final LoadedConfig started;
  private final Supplier<LoadedConfig> again;
  private final LiveSettings live;

  @GuardedBy("this")
  private LoadedConfig heeded;

  /**
   * @param again reads all of it, as at the start
   */
  Reload(LoadedConfig started, Supplier<LoadedConfig> again, LiveSettings live) {
    this.started = started;
    this.again = again;
    this.live = live;
    this.heeded = started;
  }

  /** What can't be used changes nothing. Blocks. */
  synchronized Reloaded run() {
    LoadedConfig newer;
    try {
      newer = again.get();
    } catch (ConfigException e) {
      e.problems()
          .forEach(
              problem ->
                  log.atWarn()
                      .addKeyValue("cause", problem)
                      .log("the new configuration can't be used, the one before stays in force"));
      return new Reloaded(List.of(), List.of(), e.problems());
    }
    newer.warnings().forEach(log::warn);
    Set<String> fresh = new LinkedHashSet<>(heeded.settings().changed(newer.settings()));
    fresh.removeIf(key -> !live.isLive(key));
    List<String> later = new ArrayList<>(started.settings().changed(newer.settings()));
    later.removeIf(live::isLive);
    live.heed(fresh, newer.config());
    heeded = newer;
    log.atInfo()
        .addKeyValue("heeded", String.join(", ", fresh))
        .addKeyValue("needs_restart", String.join(", ", later))
        .log("configuration read again");
    return new Reloaded(List.copyOf(fresh), later, live.policy().get().problems());
  }
}
