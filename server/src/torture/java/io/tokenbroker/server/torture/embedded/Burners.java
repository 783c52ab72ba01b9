package io.tokenbroker.server.torture.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Other processes that want all of the processors. */
final class Burners {
  private final List<Process> processes = new ArrayList<>();

  Burners(int count) {
    for (int i = 0; i < count; i++) {
      try {
        processes.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  void end() {
    processes.forEach(Process::destroyForcibly);
  }
}
