package io.tokenbroker.server.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Root may read and write everything, unless it gives that up. */
final class BoundByModes {
  private BoundByModes() {}

  /** Runs another command, as in {@link Launcher}; skips the test where it can't. */
  static List<String> command() throws InterruptedException {
    if (!Files.isWritable(Path.of("/proc/sys/kernel/hostname"))) {
      return List.of();
    }
    List<String> by = List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search");
    assumeTrue(Tools.works(by), "run as root, and there is no setpriv that could bind it");
    return by;
  }
}
