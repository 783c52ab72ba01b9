package io.tokenbroker.server.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@link UpstreamServer} as a process, and how it is called. Thread-safe. */
final class UpstreamProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final String address;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  UpstreamProcess(UpstreamPlan plan, long seed) {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            UpstreamServer.class.getName(),
            Integer.toString(plan.count()),
            Integer.toString(plan.windowMillis()),
            Integer.toString(plan.concurrent()),
            Long.toString(seed));
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      process = builder.start();
      String line =
          new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (line == null) {
        throw new IllegalStateException("the upstream did not start");
      }
      address = "http://127.0.0.1:" + line.replace("listening ", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What a call was told.
   *
   * @param cooldown its number; 0 if the token may be used again
   * @param retryAfterSeconds for how long it may not
   * @param now what the upstream's clock said
   */
  record Answer(long cooldown, int retryAfterSeconds, long now) {}

  /**
   * @param asked what the upstream's clock said before the turn was asked for
   */
  Answer call(String secret, long asked) throws InterruptedException {
    HttpResponse<String> response =
        send(
            request("/call")
                .POST(HttpRequest.BodyPublishers.noBody())
                .header("authorization", "Bearer " + secret)
                .header("asked", Long.toString(asked)));
    return new Answer(
        response.headers().firstValueAsLong("cooldown").orElse(0),
        (int) response.headers().firstValueAsLong("retry-after").orElse(0),
        now(response));
  }

  /** The broker has answered the report of a cooldown; what the upstream's clock says then. */
  long reported(long cooldown) throws InterruptedException {
    return now(send(request("/reported?" + cooldown).POST(HttpRequest.BodyPublishers.noBody())));
  }

  /** What is against the rules since this was asked last. */
  List<String> found() throws InterruptedException {
    return send(request("/found")).body().lines().map(line -> "upstream: " + line).toList();
  }

  String counts() throws InterruptedException {
    return send(request("/counts")).body();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path)).timeout(PATIENCE);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws InterruptedException {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long now(HttpResponse<?> response) {
    return response.headers().firstValueAsLong("now").orElseThrow();
  }

  @Override
  public void close() {
    boolean unused = process.toHandle().destroyForcibly();
  }
}
