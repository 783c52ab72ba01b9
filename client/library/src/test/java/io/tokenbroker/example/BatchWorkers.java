package io.tokenbroker.example;

import io.tokenbroker.client.LeaseStream;
import io.tokenbroker.client.LeaseStreamOptions;
import io.tokenbroker.client.TokenBrokerClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * {@code make example}: prints the moving averages of the quotes in a file, whose prices are
 * fetched with leased tokens. Ctrl-C finishes what is under way and gives the tokens back.
 */
public final class BatchWorkers {
  private static final int WORKERS = 3;
  private static final int UNDER_WAY = 16;

  private BatchWorkers() {}

  /**
   * @param args the broker's endpoint and the account
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    try {
      run(
          args[0],
          args[1],
          pipeline -> Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(pipeline, done))));
    } finally {
      done.countDown();
    }
  }

  private static void run(String endpoint, String account, Consumer<Pipeline> onStart)
      throws IOException, InterruptedException {
    PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
    List<Quote> quotes = quotes();
    try (QuoteServer upstream = new QuoteServer(quotes);
        TokenBrokerClient broker = TokenBrokerClient.connect(endpoint);
        LeaseStream leases =
            broker.streamLeases(
                account,
                LeaseStreamOptions.of("batch-workers").withWindow(WORKERS),
                lost -> out.println("lost the lease of token " + lost.tokenId()))) {
      Pipeline pipeline =
          new Pipeline(quotes.iterator(), leases, upstream::uri, WORKERS, UNDER_WAY, out);
      onStart.accept(pipeline);
      out.println(pipeline.run() + " of " + quotes.size() + " quotes");
      out.flush();
    }
  }

  /** The file that comes with the example. */
  static List<Quote> quotes() throws IOException {
    try (InputStream in =
            Objects.requireNonNull(BatchWorkers.class.getResourceAsStream("quotes.csv"));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return lines.lines().skip(1).map(Quote::parse).toList();
    }
  }

  /** The JVM ends when its hooks have: this one waits for the rest of the work. */
  private static void stop(Pipeline pipeline, CountDownLatch done) {
    pipeline.stop();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
