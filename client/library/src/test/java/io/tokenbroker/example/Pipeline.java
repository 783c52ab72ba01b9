package io.tokenbroker.example;

import io.tokenbroker.client.LeaseStream;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * A producer, some workers, and a consumer, with bounded queues between them: who is slow slows
 * those before it, and at most {@code capacity} quotes are under way. The consumer takes the quotes
 * in the order of the file, whichever worker is quicker.
 */
final class Pipeline {
  private static final int WINDOW = 10;

  private final Iterator<Quote> quotes;
  private final LeaseStream leases;
  private final Function<Quote, URI> upstream;
  private final int workers;
  private final PrintWriter out;
  private final BlockingQueue<Job> jobs;
  private final BlockingQueue<Job> ordered;
  private volatile boolean stopping;

  Pipeline(
      Iterator<Quote> quotes,
      LeaseStream leases,
      Function<Quote, URI> upstream,
      int workers,
      int capacity,
      PrintWriter out) {
    this.quotes = quotes;
    this.leases = leases;
    this.upstream = upstream;
    this.workers = workers;
    this.out = out;
    this.jobs = new ArrayBlockingQueue<>(capacity);
    this.ordered = new ArrayBlockingQueue<>(capacity);
  }

  /** No new quotes; those under way are finished. Any thread may call it. */
  void stop() {
    stopping = true;
  }

  /**
   * Returns when all is done, or what was under way when it was stopped.
   *
   * @return how many quotes were printed
   */
  int run() throws InterruptedException {
    HttpClient http = HttpClient.newHttpClient();
    List<Thread> threads = new ArrayList<>();
    threads.add(new Thread(() -> quietly(this::produce), "producer"));
    for (int i = 0; i < workers; i++) {
      Worker worker = new Worker(jobs, leases, http, upstream);
      threads.add(new Thread(() -> quietly(worker::run), "worker-" + i));
    }
    threads.forEach(Thread::start);
    int printed = consume();
    for (Thread thread : threads) {
      thread.join();
    }
    return printed;
  }

  private void produce() throws InterruptedException {
    while (!stopping && quotes.hasNext()) {
      Job job = Job.of(quotes.next());
      ordered.put(job); // waits while the consumer is behind
      jobs.put(job); // waits while the workers are
    }
    ordered.put(Job.last());
    for (int i = 0; i < workers; i++) {
      jobs.put(Job.last());
    }
  }

  private int consume() throws InterruptedException {
    MovingAverages averages = new MovingAverages(WINDOW);
    int printed = 0;
    for (Job job = ordered.take(); !job.isLast(); job = ordered.take()) {
      try {
        BigDecimal price = job.price().join();
        String symbol = job.quote().symbol();
        out.printf("%-10s %9s  average %9s%n", symbol, price, averages.add(symbol, price));
        printed++;
      } catch (CompletionException e) {
        out.println("quote " + job.quote().number() + " failed: " + e.getCause().getMessage());
        stop();
      }
      out.flush();
    }
    return printed;
  }

  private static void quietly(Step step) {
    try {
      step.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Step {
    void run() throws InterruptedException;
  }
}
