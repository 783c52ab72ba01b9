package io.tokenbroker.client.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A command that runs with our standard input and outputs. */
final class Child {
  static final int NOT_EXECUTABLE = 126;
  static final int NOT_FOUND = 127;

  private final Process process;
  private volatile CompletableFuture<Void> killed = CompletableFuture.completedFuture(null);

  private Child(Process process) {
    this.process = process;
  }

  /**
   * @throws CommandFailure 127 if there is no such command, 126 if it cannot be run
   */
  static Child start(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    try {
      builder.environment().putAll(environment);
    } catch (IllegalArgumentException e) {
      // its message has the value
      throw new CommandFailure(
          ExitCodes.UNEXPECTED, "the secret cannot be passed in an environment variable: see --fd");
    }
    try {
      return new Child(builder.start());
    } catch (IOException e) {
      boolean missing = String.valueOf(e.getMessage()).contains("error=2,");
      throw new CommandFailure(
          missing ? NOT_FOUND : NOT_EXECUTABLE,
          "cannot run '" + command.get(0) + "': " + (missing ? "not found" : "not executable"));
    }
  }

  /** As a shell tells it: 128 and the signal if one ended it. */
  int waitFor() throws InterruptedException {
    int code = process.waitFor();
    try {
      killed.get();
    } catch (ExecutionException e) {
      // what could be killed is
    }
    return code;
  }

  /** Does nothing if it has ended. */
  void signal(String name) {
    if (name.equals("TERM")) {
      process.destroy();
      return;
    }
    try {
      // not every system has a kill program, but every shell has the command
      var unused =
          new ProcessBuilder(
                  "sh", "-c", "kill -s \"$0\" \"$1\"", name, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // without a shell there is no such signal
    }
  }

  /** SIGTERM for it and all it has started, and SIGKILL for those that are left after the grace. */
  void kill(Duration grace) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    killed = done;
    try {
      List<ProcessHandle> all = new ArrayList<>(tree());
      all.forEach(ProcessHandle::destroy);
      CompletableFuture<?> ended =
          CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new));
      if (!within(grace, ended)) {
        tree().forEach(all::add);
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } finally {
      done.complete(null);
    }
  }

  /** The command first, so that it does not take the end of a child for success. */
  private List<ProcessHandle> tree() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  private static boolean within(Duration grace, CompletableFuture<?> ended) {
    try {
      ended.get(grace.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
