package io.tokenbroker.server.alert;

import io.tokenbroker.server.model.Failures;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A receiver of Standard Webhooks at a URL. Follows no redirects. Thread-safe. */
public final class HttpReceiver implements Receiver {
  private final URI url;
  private final SigningKeys keys;
  private final Optional<SSLContext> trust;
  private final Duration timeout;
  private final String agent;
  private final AtomicReference<@Nullable HttpClient> client = new AtomicReference<>();

  /**
   * @param trust empty for what the JVM trusts
   * @param timeout of a try
   * @param agent who tells, of which version
   */
  public HttpReceiver(
      URI url, SigningKeys keys, Optional<SSLContext> trust, Duration timeout, String agent) {
    this.url = url;
    this.keys = keys;
    this.trust = trust;
    this.timeout = timeout;
    this.agent = agent;
  }

  @Override
  public CompletableFuture<Answer> tell(Alert alert, Instant now) {
    long seconds = now.getEpochSecond();
    return send(
        HttpRequest.newBuilder(url)
            .header("content-type", "application/json")
            .header("user-agent", agent)
            .header("webhook-id", alert.id())
            .header("webhook-timestamp", String.valueOf(seconds))
            .header("webhook-signature", keys.sign(alert.id(), seconds, alert.body()))
            .POST(HttpRequest.BodyPublishers.ofString(alert.body()))
            .build(),
        now);
  }

  /** What it says to a HEAD, which tells it nothing. Blocks for the timeout at the most. */
  public Answer look(Instant now) throws IOException, InterruptedException {
    HttpRequest head =
        HttpRequest.newBuilder(url)
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .header("user-agent", agent)
            .build();
    try {
      return send(head, now).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    }
  }

  /** The status says all: a body that does not end is not waited for beyond the timeout. */
  private CompletableFuture<Answer> send(HttpRequest request, Instant now) {
    AtomicReference<@Nullable Answer> said = new AtomicReference<>();
    CompletableFuture<HttpResponse<Void>> whole =
        client()
            .sendAsync(
                request,
                head -> {
                  said.set(answer(head, now));
                  return BodySubscribers.discarding();
                });
    return whole
        .thenApply(HttpResponse::statusCode) // alone is timed out
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (status, failure) -> {
              boolean unused = whole.cancel(true); // closes the connection unless all has come
              Answer head = said.get();
              if (head == null) {
                throw new CompletionException(
                    failure == null ? new IOException() : Failures.cause(failure));
              }
              return head;
            });
  }

  private static Answer answer(ResponseInfo head, Instant now) {
    return new Answer(
        head.statusCode(),
        head.headers()
            .firstValue("retry-after")
            .map(text -> Answer.retryAfter(text, now))
            .orElse(Duration.ZERO));
  }

  /** Made when it is first of use: it takes its time, and threads. */
  private HttpClient client() {
    HttpClient present = client.get();
    if (present != null) {
      return present;
    }
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            // nobody is asked to change to another protocol, which small receivers don't understand
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .followRedirects(HttpClient.Redirect.NEVER);
    trust.ifPresent(builder::sslContext);
    HttpClient fresh = builder.build();
    return client.compareAndSet(null, fresh) ? fresh : client();
  }
}
