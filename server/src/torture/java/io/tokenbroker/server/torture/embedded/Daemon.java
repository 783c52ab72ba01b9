package io.tokenbroker.server.torture.embedded;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The built distribution as a process. */
final class Daemon implements AutoCloseable {
  private static final Path COMMAND =
      Path.of("server", "target", "tokenbroker", "bin", "tokenbroker").toAbsolutePath();
  private static final int START_SECONDS = 60;
  private static final int NO_DATABASE = 69;

  private final Process process;
  private final Path log;
  private final ManagedChannel channel;

  private Daemon(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  /**
   * @param data the directory of its database
   * @param log a file to be overwritten, on another disk than data
   */
  static Daemon launch(Path data, Path log) {
    int port = freePort();
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                COMMAND.toString(),
                "serve",
                "--data",
                data.toString(),
                "--listen",
                "127.0.0.1:" + port));
    builder.environment().keySet().removeIf(key -> key.startsWith("TOKENBROKER_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("TOKENBROKER_JAVA_OPTS", "-Xmx256m");
    builder.redirectErrorStream(true);
    builder.redirectOutput(log.toFile());
    try {
      return new Daemon(builder.start(), log, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it serves; false if it has ended, or does not serve in time. */
  boolean awaitServing() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (process.isAlive() && System.nanoTime() - end < 0) {
      try {
        var unused =
            HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance());
        return true;
      } catch (StatusRuntimeException e) {
        // the connection's own pause would be longer
        channel.resetConnectBackoff();
        Pauses.millis(10);
      }
    }
    return false;
  }

  ManagedChannel channel() {
    return channel;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** Whether it has ended as it should without a usable database: with one line that says so. */
  boolean hasRefusedItsDatabase() {
    return !process.isAlive()
        && process.exitValue() == NO_DATABASE
        && lastLines().startsWith("tokenbroker: ");
  }

  /** The last of what it printed; it has 4 KiB at most. */
  String lastLines() {
    try {
      String text = Files.readString(log).strip();
      int line = text.lastIndexOf("\ntokenbroker: ");
      text = line < 0 ? text : text.substring(line + 1);
      return text.substring(Math.max(0, text.length() - 4_096));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    boolean unused = process.toHandle().destroyForcibly();
  }
}
