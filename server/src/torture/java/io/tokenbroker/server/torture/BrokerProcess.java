package io.tokenbroker.server.torture;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.tokenbroker.server.SteppedMain;
import io.tokenbroker.server.testing.Link;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One of the brokers: a process on a port of its own, with its own link to the database. */
final class BrokerProcess implements AutoCloseable {
  final String name;
  final Link link;
  final ManagedChannel channel;
  private final Path directory;
  private final Path offset;
  private final int port;
  private final String url;
  private final Map<String, String> more;
  private Process process;

  BrokerProcess(String name, Path directory, int databasePort, String database) {
    this(name, directory, databasePort, database, freePort(), Map.of());
  }

  /**
   * @param more environment variables
   */
  BrokerProcess(
      String name,
      Path directory,
      int databasePort,
      String database,
      int port,
      Map<String, String> more) {
    this.more = more;
    this.name = name;
    this.directory = directory;
    this.offset = directory.resolve(name + ".offset");
    this.link = new Link(databasePort);
    this.port = port;
    this.url =
        "jdbc:mysql://127.0.0.1:" + link.port() + "/" + database + "?createDatabaseIfNotExist=true";
    this.channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .keepAliveTime(10, TimeUnit.SECONDS)
            .build();
    stepClock(0);
    this.process = launch();
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process launch() {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SteppedMain.class.getName(),
                offset.toString(),
                "serve",
                "--listen",
                "127.0.0.1:" + port));
    builder.environment().keySet().removeIf(key -> key.startsWith("TOKENBROKER_"));
    builder.environment().putAll(Map.of("TOKENBROKER_DB_URL", url, "TOKENBROKER_DB_USER", "root"));
    builder.environment().put("TOKENBROKER_DB_PASSWORD", "");
    builder.environment().putAll(more);
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(directory.resolve(name + ".log").toFile()));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM: drains. */
  void terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      kill();
    }
  }

  void restart() {
    process = launch();
  }

  /**
   * Waits for up to a minute, which a start takes on a machine that is busy; a broker that has
   * ended meanwhile is found out in the next round.
   */
  void awaitServing() {
    try {
      var unused =
          HealthGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .check(HealthCheckRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      Torture.FAILURES.merge("health " + e.getStatus().getCode(), 1L, Long::sum);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Sends STOP or CONT. */
  void signal(String signal) throws InterruptedException {
    signal(process.pid(), signal);
  }

  static void signal(long pid, String signal) throws InterruptedException {
    try {
      int unused = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sets how far its wall clock is off. */
  void stepClock(long millis) {
    try {
      Path next = Files.writeString(directory.resolve(name + ".next"), Long.toString(millis));
      Files.move(
          next,
          offset,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    // also if it is stopped
    boolean unused = process.toHandle().destroyForcibly();
    link.close();
  }
}
