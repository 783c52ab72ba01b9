package io.tokenbroker.server.security;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a server says, in a time and a size that don't depend on it. */
record BoundedResponse(int status, String body) {
  private static final int MAX_BYTES = 1024 * 1024;

  /**
   * Blocks. A request's own timeout would end with the headers.
   *
   * @param patience until the last byte of the body
   * @throws IOException also if it has more than 1 MiB
   */
  static BoundedResponse of(HttpClient client, HttpRequest request, Duration patience)
      throws IOException {
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request, headers -> new Bounded());
    try {
      HttpResponse<String> response = answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      return new BoundedResponse(response.statusCode(), response.body());
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("it did not answer in " + patience.toMillis() + " ms");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      // closes the connection unless it is done
      boolean unused = answer.cancel(true);
    }
  }

  /** Of one body; used by one thread at a time. */
  private static final class Bounded implements BodySubscriber<String> {
    private final CompletableFuture<String> text = new CompletableFuture<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable Subscription source;

    @Override
    public CompletionStage<String> getBody() {
      return text;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      source = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (body.size() + part.remaining() > MAX_BYTES) {
          if (source != null) {
            source.cancel();
          }
          onError(new IOException("it has more than 1 MiB"));
          return;
        }
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        body.writeBytes(bytes);
      }
    }

    @Override
    public void onError(Throwable failure) {
      boolean unused = text.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      boolean unused = text.complete(body.toString(StandardCharsets.UTF_8));
    }
  }
}
