package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.FieldMask;
import io.tokenbroker.client.AttemptOptions;
import io.tokenbroker.client.TokenBrokerClient;
import io.tokenbroker.client.TokenHeader;
import io.tokenbroker.client.TokenHttp;
import io.tokenbroker.server.e2e.Upstream.Limit;
import io.tokenbroker.v1.AccountSettings;
import io.tokenbroker.v1.RateLimit;
import io.tokenbroker.v1.TokenLimits;
import io.tokenbroker.v1.UpdateAccountRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 64 callers with the client library, and an upstream over HTTP: when the broker knows the limits,
 * nobody ever meets one, and nothing of them is left unused.
 */
class UpstreamIT {
  private static final String ACCOUNT = "upstream";
  private static final int TOKENS = 20;
  private static final int CALLERS = 64;
  private static final int WARM_UP = 3_200;

  /** More than calls differ in how long they are on their way on a busy machine. */
  private static final String MARGIN = "1s";

  @TempDir Path directory;

  @Test
  void noLimitIsMet() throws Exception {
    // two windows and a half; how much of the limits is used is a matter of the machine's speed
    double unused =
        run(
            5_000,
            List.of(new Limit(100, Duration.ofSeconds(8)), new Limit(60, Duration.ofSeconds(2))));
  }

  /**
   * As many and as fast as the machine can: {@code -Dupstream.requests -Dupstream.perMinute}. A
   * window begins anew later than it could by the margin: that is lost, 0.8 % of two minutes.
   */
  @Test
  @Tag("stress")
  void noLimitIsMetAndNothingIsLeftUnusedInAMillionRequests() throws Exception {
    int perMinute = Integer.getInteger("upstream.perMinute", 5_000);
    double used =
        run(
            Integer.getInteger("upstream.requests", 1_000_000),
            List.of(
                new Limit(2 * perMinute, Duration.ofMinutes(2)),
                new Limit(perMinute / 12, Duration.ofSeconds(2))));
    assertThat(used).isGreaterThan(0.99);
  }

  /**
   * @param limits the one that binds in the long run first
   * @return how much of the capacity was used, up to 1
   */
  private double run(int requests, List<Limit> limits) throws Exception {
    try (Broker broker = Broker.start(directory, Map.of("ROTATION_LIMIT_MARGIN", MARGIN));
        Caller admin = broker.caller();
        Upstream upstream = new Upstream(limits);
        TokenBrokerClient client = TokenBrokerClient.connect(broker.endpoint())) {
      assertThat(admin.add(ACCOUNT, TOKENS, 1)).hasSize(TOKENS);
      limit(admin, limits);
      TokenHttp http =
          new TokenHttp(
              client,
              HttpClient.newHttpClient(),
              TokenHeader.BEARER,
              AttemptOptions.DEFAULT.withWithin(Duration.ofMinutes(5)));
      // the first calls of a JVM are under way for longer than any margin
      List<String> unused = admin.add("warm-up", 1, 1);
      together(http, "warm-up", upstream.unlimited(), WARM_UP);
      long start = System.nanoTime();
      together(http, ACCOUNT, upstream.uri(), requests);
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      LongSummaryStatistics spread = upstream.served();
      double used = upstream.used(limits.get(0));
      System.out.printf(
          "%,d requests by %d callers over HTTP in %d s, %,d/s allowed: %d answers 429"
              + " (too early by up to %d ms), %.2f %% of the capacity used,"
              + " %,d to %,d for each token%n",
          requests,
          CALLERS,
          seconds,
          (long) TOKENS * limits.get(0).count() / limits.get(0).window().toSeconds(),
          upstream.refused(),
          upstream.earliestMillis(),
          100 * used,
          spread.getMin(),
          spread.getMax());
      assertThat(upstream.refused()).isZero();
      assertThat(spread.getSum()).isEqualTo(requests);
      assertThat(spread.getCount()).isEqualTo(TOKENS);
      assertThat(spread.getMax() - spread.getMin()).isLessThanOrEqualTo(requests / TOKENS / 100);
      assertThat(broker.stop()).isZero();
      return used;
    }
  }

  private static void together(TokenHttp http, String account, URI uri, int requests)
      throws Exception {
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    AtomicInteger begun = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    try {
      List<Future<Integer>> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(
            threads.submit(
                () -> {
                  int status = 200;
                  while (status == 200 && begun.incrementAndGet() <= requests) {
                    status = http.send(account, request, BodyHandlers.discarding()).statusCode();
                  }
                  return status;
                }));
      }
      for (Future<Integer> caller : callers) {
        assertThat(caller.get()).isEqualTo(200);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void limit(Caller admin, List<Limit> limits) {
    TokenLimits.Builder same = TokenLimits.newBuilder();
    for (Limit limit : limits) {
      same.addRates(
          RateLimit.newBuilder()
              .setCount(limit.count())
              .setWindow(
                  com.google.protobuf.Duration.newBuilder()
                      .setSeconds(limit.window().toSeconds())));
    }
    var unused =
        admin
            .admin()
            .updateAccount(
                UpdateAccountRequest.newBuilder()
                    .setAccount(ACCOUNT)
                    .setSettings(AccountSettings.newBuilder().setTokenLimits(same))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("token_limits"))
                    .build());
  }
}
