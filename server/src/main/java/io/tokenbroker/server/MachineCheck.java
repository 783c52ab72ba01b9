package io.tokenbroker.server;

import com.sun.management.UnixOperatingSystemMXBean;
import io.tokenbroker.server.config.Config;
import java.lang.management.ManagementFactory;

/** Java, and what it may have of the machine. */
final class MachineCheck {
  /** Besides connections: jars, the database and its connections, logs. */
  private static final int OTHER_FILES = 256;

  private MachineCheck() {}

  static void look(Config config, Findings findings) {
    findings.ok(
        "java",
        "%s, a heap of up to %s on %d processors"
            .formatted(
                Runtime.version(),
                FileCheck.size(Runtime.getRuntime().maxMemory()),
                Runtime.getRuntime().availableProcessors()));
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long files = unix.getMaxFileDescriptorCount();
      long needed = config.connections().most() + (long) OTHER_FILES;
      if (files < needed) {
        findings.warn(
            "open files",
            "%d may be open, and connections.max is %d"
                .formatted(files, config.connections().most()),
            "LimitNOFILE=65536 in the unit of systemd, ulimit -n 65536 elsewhere, or a lower"
                + " connections.max.");
      } else {
        findings.ok("open files", files + " may be open");
      }
    }
  }
}
