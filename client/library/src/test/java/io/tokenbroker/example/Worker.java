package io.tokenbroker.example;

import io.tokenbroker.client.HttpReports;
import io.tokenbroker.client.LeaseStream;
import io.tokenbroker.client.Reports;
import io.tokenbroker.client.StreamedLease;
import io.tokenbroker.v1.Outcome;
import io.tokenbroker.v1.Report;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Fetches the prices of quotes, with a token of its own for a few of them at a time. */
final class Worker {
  private static final int QUOTES_PER_LEASE = 5;
  private static final int ATTEMPTS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final BlockingQueue<Job> jobs;
  private final LeaseStream leases;
  private final HttpClient http;
  private final Function<Quote, URI> upstream;
  private @Nullable StreamedLease lease;
  private int used;

  Worker(
      BlockingQueue<Job> jobs, LeaseStream leases, HttpClient http, Function<Quote, URI> upstream) {
    this.jobs = jobs;
    this.leases = leases;
    this.http = http;
    this.upstream = upstream;
  }

  /** Until the job that says that there are no more. A job that fails does not stop the others. */
  void run() throws InterruptedException {
    try {
      for (Job job = jobs.take(); !job.isLast(); job = jobs.take()) {
        try {
          job.price().complete(fetch(job.quote()));
        } catch (IOException | TimeoutException | RuntimeException e) {
          job.price().completeExceptionally(e);
        }
      }
    } finally {
      giveBack(Reports.ok());
    }
  }

  private BigDecimal fetch(Quote quote) throws IOException, InterruptedException, TimeoutException {
    int status = 0;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      HttpResponse<String> response = send(quote, current());
      status = response.statusCode();
      Report report = HttpReports.of(status, response.headers(), Instant.now());
      if (report.getOutcome() == Outcome.OUTCOME_OK) {
        return new BigDecimal(response.body());
      }
      giveBack(report); // the broker hands the next one, and keeps this one back if it must
    }
    throw new IOException("quote " + quote.number() + ": the upstream answered " + status);
  }

  /**
   * A lease that is surely ours, now; another one after some quotes, so that others have a turn.
   */
  private StreamedLease current() throws InterruptedException, TimeoutException {
    if (lease == null || !lease.isHeld() || used >= QUOTES_PER_LEASE) {
      giveBack(Reports.ok());
      lease = leases.take(PATIENCE);
      used = 0;
    }
    used++;
    return lease;
  }

  private void giveBack(Report report) {
    if (lease != null) {
      lease.release(report);
      lease = null;
    }
  }

  private HttpResponse<String> send(Quote quote, StreamedLease with)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(upstream.apply(quote))
            .header("Authorization", "Bearer " + with.secret())
            .timeout(Duration.ofSeconds(10))
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
