package io.tokenbroker.client;

import io.tokenbroker.v1.Turn;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends HTTP requests, each with the next token of an account, tells the broker what came of it,
 * and sends a request again with another token when the upstream refused one: 429, 401 and 403, as
 * {@link HttpReports} reads them. Thread-safe; make one and share it.
 *
 * <p>A request that may be sent again needs a body that may be: those of {@code BodyPublishers} for
 * strings, bytes, files, and suppliers of new input streams. For any other set {@code maxAttempts}
 * to 1. The body of a refused answer is closed if it can be.
 *
 * <p>5xx and failed connections are not tried again: whether that is safe, only the caller knows.
 */
public final class TokenHttp {
  private final TokenBrokerClient broker;
  private final HttpClient http;
  private final TokenHeader header;
  private final AttemptOptions options;
  private final InstantSource clock;
  private final LongSupplier ticker;

  /** {@code Authorization: Bearer …}, and the default attempts. */
  public TokenHttp(TokenBrokerClient broker, HttpClient http) {
    this(broker, http, TokenHeader.BEARER, AttemptOptions.DEFAULT);
  }

  /**
   * @param http remains the caller's to close. It must not follow redirects: the JDK's would carry
   *     the secret to whatever host a redirect names
   * @param options the scope and the bounds of each {@link #send}; an attempt's time-out is what is
   *     left of {@code within}, or the request's own if that is shorter
   * @throws IllegalArgumentException if the client follows redirects or the header's name may not
   *     be set
   */
  public TokenHttp(
      TokenBrokerClient broker, HttpClient http, TokenHeader header, AttemptOptions options) {
    this(broker, http, header, options, InstantSource.system(), System::nanoTime);
  }

  TokenHttp(
      TokenBrokerClient broker,
      HttpClient http,
      TokenHeader header,
      AttemptOptions options,
      InstantSource clock,
      LongSupplier ticker) {
    if (http.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException(
          "the HTTP client must not follow redirects: it would send the secret to other hosts");
    }
    var unused = HttpRequest.newBuilder().setHeader(header.name(), header.value("x"));
    this.broker = broker;
    this.http = http;
    this.header = header;
    this.options = options;
    this.clock = clock;
    this.ticker = ticker;
  }

  /**
   * Sends a request; blocks.
   *
   * @param request its own header of that name is replaced
   * @return the last answer, whatever its status
   * @throws IOException if the upstream cannot be reached or does not answer in time
   * @throws InterruptedException if the thread was interrupted
   * @throws io.grpc.StatusRuntimeException if the broker had no token for the first attempt
   */
  public <T> HttpResponse<T> send(
      String account, HttpRequest request, HttpResponse.BodyHandler<T> bodies)
      throws IOException, InterruptedException {
    Sending<T> sending = new Sending<>(request, bodies);
    Call<HttpResponse<T>, Exception> call = sending::attempt;
    try {
      return broker.withToken(account, options, call).value();
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client threw what it does not declare", e);
    }
  }

  private final class Sending<T> {
    private final HttpRequest request;
    private final HttpResponse.BodyHandler<T> bodies;
    private final long end = ticker.getAsLong() + Durations.saturatedNanos(options.within());
    private @Nullable HttpResponse<T> refused;

    Sending(HttpRequest request, HttpResponse.BodyHandler<T> bodies) {
      this.request = request;
      this.bodies = bodies;
    }

    Answer<HttpResponse<T>> attempt(Turn turn) throws IOException, InterruptedException {
      discardRefused();
      HttpResponse<T> response = http.send(withSecret(turn.getSecret()), bodies);
      refused = response;
      return new Answer<>(
          response, HttpReports.of(response.statusCode(), response.headers(), clock.instant()));
    }

    private HttpRequest withSecret(String secret) {
      // not below a millisecond: the client refuses zero
      Duration left = Duration.ofNanos(Math.max(1_000_000, end - ticker.getAsLong()));
      Duration timeout = request.timeout().filter(own -> own.compareTo(left) < 0).orElse(left);
      HttpRequest.Builder copy =
          HttpRequest.newBuilder(request, (name, value) -> true).timeout(timeout);
      try {
        return copy.setHeader(header.name(), header.value(secret)).build();
      } catch (IllegalArgumentException e) {
        // without its message and without itself as the cause: both have the value
        throw new IllegalArgumentException(
            "the secret has characters that may not stand in a header");
      }
    }

    /** An unread body would hold its connection. */
    private void discardRefused() {
      if (refused != null && refused.body() instanceof AutoCloseable body) {
        try {
          body.close();
        } catch (Exception e) {
          // nobody wants it any more
        }
      }
    }
  }
}
