package io.tokenbroker.server.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real MySQL or MariaDB server on a free port of 127.0.0.1, as a process of its own with its own
 * data, both gone after {@link #close} or with this JVM. It can be stopped and started again on the
 * same port. Not thread-safe.
 */
public final class DatabaseServer implements AutoCloseable {
  /** Which server. */
  public enum Product {
    MYSQL,
    MARIADB
  }

  private static final Pattern POSITION = Pattern.compile("Recovered position: (\\S+)");

  private static final long START_SECONDS = 120;
  private static final long STOP_SECONDS = 120;

  private final Product product;
  private final Path home;
  private final Path directory;
  private final int port;
  private final Thread hook = new Thread(this::end);
  private @Nullable Process process;

  private DatabaseServer(Product product) {
    this.product = product;
    this.home = product == Product.MYSQL ? DatabaseBinaries.mysql() : DatabaseBinaries.mariadb();
    try {
      this.directory = Files.createTempDirectory("tokenbroker-" + product);
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        this.port = socket.getLocalPort();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private static void skip(String reason) {
    if ("1".equals(System.getenv("TOKENBROKER_TEST_REQUIRE_DATABASES"))) {
      throw new IllegalStateException(reason);
    }
    abort(reason);
  }

  /** Why this server can't run on this machine; empty if it can. */
  private static Optional<String> whyNot(Product product) {
    if (!System.getProperty("os.name").equals("Linux")
        || !System.getProperty("os.arch").equals("amd64")) {
      return Optional.of("the bundled database servers are for Linux on x86-64");
    }
    if (product == Product.MARIADB) {
      return Optional.empty();
    }
    try {
      Process version =
          new ProcessBuilder(DatabaseBinaries.mysql().resolve("bin/mysqld").toString(), "--version")
              .redirectErrorStream(true)
              .start();
      String output =
          new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return version.waitFor() == 0
          ? Optional.empty()
          : Optional.of("the bundled MySQL does not run here (libaio1 missing?): " + output);
    } catch (IOException e) {
      return Optional.of("the bundled MySQL does not run here: " + e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A new server with no databases, running when this returns. Where it can't run, the test is
   * skipped, or fails if the environment has {@code TOKENBROKER_TEST_REQUIRE_DATABASES=1}.
   */
  public static DatabaseServer launch(Product product) {
    DatabaseServer server = prepare(product);
    try {
      server.start();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** As {@link #launch}, but it does not run yet. */
  public static DatabaseServer prepare(Product product) {
    whyNot(product).ifPresent(DatabaseServer::skip);
    DatabaseServer server = new DatabaseServer(product);
    try {
      server.initialize();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  /** Of the process, while it runs. */
  public long pid() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("the server does not run");
    }
    return running.pid();
  }

  /** The administrator. */
  public String user() {
    return "root";
  }

  public String password() {
    return "";
  }

  /** For the broker, or for a test; the database is made by the first connection to it. */
  public String url(String database) {
    return "jdbc:mysql://127.0.0.1:" + port + "/" + database + "?createDatabaseIfNotExist=true";
  }

  /** Starts a stopped server on the port and with the data that it had. */
  public void start() {
    start(List.of(), Map.of());
  }

  /**
   * The same.
   *
   * @param more options
   * @param environment variables, besides those of this process
   */
  public void start(List<String> more, Map<String, String> environment) {
    List<String> command = command("--port=" + port, "--bind-address=127.0.0.1");
    command.add("--skip-ssl");
    command.add("--socket=server.sock");
    command.add("--pid-file=server.pid");
    // survives a crash of the server, though not of the machine
    command.add("--innodb-flush-log-at-trx-commit=2");
    command.add("--max-connections=500");
    command.addAll(more);
    process = run(command, Optional.empty(), environment);
    awaitConnections(process);
  }

  /**
   * Where a node of a cluster has stopped, or was killed: UUID:SEQNO. Of one that does not run.
   *
   * @param more options with which it runs
   */
  public String position(List<String> more) {
    Path told = directory.resolve("position.log");
    List<String> command = command("--wsrep-recover", "--log-error=" + told);
    command.addAll(more);
    try {
      Files.deleteIfExists(told);
      Process recovery = run(command, Optional.empty());
      if (!hasEnded(recovery)) {
        // seen once, on a machine at load 24: MariaDB's, and nobody's data is touched
        recovery.destroyForcibly();
        await(recovery);
        System.err.println(
            "recovered again: "
                + (Files.exists(told) ? Files.readString(told) : "it said nothing"));
        Files.deleteIfExists(told);
        recovery = run(command, Optional.empty());
      }
      await(recovery);
      Matcher found = POSITION.matcher(Files.readString(told));
      if (!found.find()) {
        throw failure("does not tell its position");
      }
      return found.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of one that does not run. */
  public Path data() {
    return directory.resolve("data");
  }

  /** As an operator would: connections are closed, and the process is gone when this returns. */
  public void stop() {
    Process running = process;
    if (running != null) {
      running.destroy();
      await(running);
      process = null;
    }
  }

  /** As a crash would. */
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      await(running);
      process = null;
    }
  }

  /** Ends the process and deletes its data. */
  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is about to end
    }
  }

  private void end() {
    kill();
    delete(directory);
  }

  private void initialize() {
    if (product == Product.MYSQL) {
      await(run(command("--initialize-insecure"), Optional.empty()), 0);
      return;
    }
    List<String> scripts =
        List.of(
            "mariadb_system_tables.sql",
            "mariadb_performance_tables.sql",
            "mariadb_system_tables_data.sql");
    Path bootstrap = directory.resolve("bootstrap.sql");
    try {
      StringBuilder sql =
          new StringBuilder("create database mysql;\nuse mysql;\nset @auth_root_socket=null;\n");
      for (String script : scripts) {
        sql.append(Files.readString(home.resolve("share").resolve(script)));
      }
      Files.writeString(bootstrap, sql);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await(run(command("--bootstrap", "--skip-networking"), Optional.of(bootstrap)), 0);
  }

  private List<String> command(String... arguments) {
    boolean mysql = product == Product.MYSQL;
    List<String> command = new ArrayList<>();
    command.add(home.resolve(mysql ? "bin/mysqld" : "bin/mariadbd").toString());
    command.add("--no-defaults");
    if (System.getProperty("user.name").equals("root")) {
      command.add("--user=root");
    }
    command.add("--basedir=" + home);
    command.add("--datadir=" + directory.resolve("data"));
    // at its start a MariaDB removes what others have in the same place
    command.add("--tmpdir=" + directory.resolve("tmp"));
    command.add("--lc-messages-dir=" + home.resolve("share"));
    command.add("--innodb-log-file-size=16M");
    if (mysql) {
      command.add("--skip-mysqlx");
      command.add("--skip-log-bin");
    }
    command.addAll(List.of(arguments));
    return command;
  }

  private Process run(List<String> command, Optional<Path> input) {
    return run(command, input, Map.of());
  }

  private Process run(List<String> command, Optional<Path> input, Map<String, String> environment) {
    try {
      Files.createDirectories(directory.resolve("data"));
      Files.createDirectories(directory.resolve("tmp"));
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
      builder.environment().putAll(environment);
      input.ifPresent(file -> builder.redirectInput(file.toFile()));
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitConnections(Process running) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    String url = "jdbc:mysql://127.0.0.1:" + port + "/?connectTimeout=1000&socketTimeout=5000";
    try {
      do {
        try (Connection connection = DriverManager.getConnection(url, user(), password())) {
          if (connection.isValid(1)) {
            return;
          }
        } catch (SQLException e) {
          // not yet
        }
      } while (!running.waitFor(20, TimeUnit.MILLISECONDS) && System.nanoTime() - end < 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw failure("did not start");
  }

  private void await(Process running, int expected) {
    await(running);
    if (running.exitValue() != expected) {
      throw failure("failed with " + running.exitValue());
    }
  }

  private void await(Process running) {
    if (!hasEnded(running)) {
      running.destroyForcibly();
      throw failure("did not end");
    }
  }

  private static boolean hasEnded(Process running) {
    try {
      return running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private IllegalStateException failure(String what) {
    String output;
    try {
      output = Files.readString(log());
    } catch (IOException e) {
      output = e.toString();
    }
    return new IllegalStateException("the " + product + " server " + what + ":\n" + output);
  }

  private Path log() {
    return directory.resolve("server.log");
  }

  /** With all that is in it. */
  public static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
