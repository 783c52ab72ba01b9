package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Eventually;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A daemon in a process of its own, on a free port. Closing it reads its log for secrets. */
public final class Broker implements AutoCloseable {
  /** In every secret that these tests make up, passwords included. */
  public static final String SECRET = "e2e-secret-";

  private static final Pattern ADDRESS =
      Pattern.compile("\"address\":\"(127\\.0\\.0\\.1:[1-9][0-9]*|unix:[^\"]+)\"");
  private static final long STOP_SECONDS = 60;

  private final Process process;
  private final Output out;
  private final Output log;
  private String endpoint = "";

  private Broker(Process process) {
    this.process = process;
    this.out = Output.of(process.getInputStream());
    this.log = Output.of(process.getErrorStream());
  }

  /**
   * Starts a daemon and waits until it serves.
   *
   * @param data for the embedded database
   * @param settings environment variables, less TOKENBROKER_
   */
  public static Broker start(Path data, Map<String, String> settings, String... flags)
      throws InterruptedException {
    return start(List.of(), data, settings, flags);
  }

  /**
   * @param by a command that runs it, as in {@link Launcher}
   */
  static Broker start(List<String> by, Path data, Map<String, String> settings, String... flags)
      throws InterruptedException {
    return start(by, Map.of(), data, settings, flags);
  }

  /**
   * @param variables other environment variables, as they are
   */
  static Broker startWith(Map<String, String> variables, Path data, Map<String, String> settings)
      throws InterruptedException {
    return start(List.of(), variables, data, settings);
  }

  private static Broker start(
      List<String> by,
      Map<String, String> variables,
      Path data,
      Map<String, String> settings,
      String... flags)
      throws InterruptedException {
    Map<String, String> environment = new HashMap<>(variables);
    settings.forEach((name, value) -> environment.put("TOKENBROKER_" + name, value));
    environment.put("TOKENBROKER_DATA", data.toString());
    environment.putIfAbsent("TOKENBROKER_LISTEN", "127.0.0.1:0");
    String[] arguments = new String[flags.length + 1];
    arguments[0] = "serve";
    System.arraycopy(flags, 0, arguments, 1, flags.length);
    return of(Launcher.start(by, environment, arguments));
  }

  /** A daemon that has just been started; waits until it serves. */
  static Broker of(Process process) throws InterruptedException {
    Broker broker = new Broker(process);
    try {
      broker.awaitServing();
      return broker;
    } catch (AssertionError e) {
      boolean unused = broker.process.toHandle().destroyForcibly();
      throw new AssertionError(broker.log.text(), e);
    }
  }

  public static Broker start(Path data) throws InterruptedException {
    return start(data, Map.of());
  }

  private void awaitServing() {
    Eventually.until(
        "the daemon serves", () -> log.firstWith("\"serving\"").isPresent() || !process.isAlive());
    Matcher address = ADDRESS.matcher(log.firstWith("\"serving\"").orElse(""));
    if (!address.find()) {
      throw new AssertionError("the daemon did not start");
    }
    endpoint = address.group(1);
  }

  /** HOST:PORT, or unix:PATH. */
  public String endpoint() {
    return endpoint;
  }

  /** HOST:PORT of its HTTP port, which it must have. */
  public String httpAddress() {
    Matcher address = ADDRESS.matcher(log.firstWith("\"serving HTTP\"").orElseThrow());
    if (!address.find()) {
      throw new AssertionError("no address");
    }
    return address.group(1);
  }

  long pid() {
    return process.pid();
  }

  /** Standard output. */
  Output out() {
    return out;
  }

  Output log() {
    return log;
  }

  public Caller caller() {
    return new Caller(endpoint);
  }

  Cli.Result cli(String... arguments) throws InterruptedException {
    return cliWithInput("", arguments);
  }

  Cli.Result cliWithInput(String stdin, String... arguments) throws InterruptedException {
    return Cli.run(Map.of("TOKENBROKER_ENDPOINT", endpoint), stdin, arguments);
  }

  /** SIGTERM, and no more. */
  void terminate() {
    // not process.destroy(), which stops listening to what it says
    boolean unused = process.toHandle().destroy();
  }

  /** The exit code, once it has ended. */
  int awaitExit() throws InterruptedException {
    assertThat(process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)).as("has ended").isTrue();
    return process.exitValue();
  }

  /** SIGTERM; returns the exit code. */
  public int stop() throws InterruptedException {
    terminate();
    return awaitExit();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    boolean unused = process.toHandle().destroyForcibly();
    assertThat(awaitExit()).isNotZero();
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
    String printed = log.text() + out.text();
    assertThat(printed).doesNotContain(SECRET).doesNotContain("\"ERROR\"");
  }
}
