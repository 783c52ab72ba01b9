package io.tokenbroker.server.security;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Where the keys come from that JWTs are signed with. */
abstract sealed class JwksSource {
  private static final int MAX_BYTES = 1024 * 1024;

  static JwksSource of(JwtSettings settings, LongSupplier ticker) {
    return settings
        .file()
        .<JwksSource>map(File::new)
        .orElseGet(() -> new Url(settings.url().orElseThrow(), ticker));
  }

  /** Whether it is time to look again. */
  abstract boolean isDue();

  /** Somebody has shown a token of a key that is not there. */
  void missed() {}

  /** Blocks. */
  abstract String read() throws IOException;

  private static String text(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IOException("it has more than 1 MiB");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static final class File extends JwksSource {
    private final Path path;

    File(Path path) {
      this.path = path;
    }

    @Override
    boolean isDue() {
      return true;
    }

    @Override
    String read() throws IOException {
      try (InputStream in = Files.newInputStream(path)) {
        return text(in);
      } catch (NoSuchFileException e) {
        throw new IOException("it does not exist", e);
      } catch (AccessDeniedException e) {
        throw new IOException("permission denied", e);
      }
    }

    @Override
    public String toString() {
      return "jwt.jwks_file " + path;
    }
  }

  private static final class Url extends JwksSource {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long FRESH_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** However many tokens of unknown keys come. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final URI url;
    private final LongSupplier ticker;
    private volatile boolean wanted = true;

    // only used by who reads
    private @Nullable HttpClient client;
    private boolean asked;
    private long askedAt;

    Url(URI url, LongSupplier ticker) {
      this.url = url;
      this.ticker = ticker;
    }

    @Override
    void missed() {
      wanted = true;
    }

    @Override
    boolean isDue() {
      long passed = ticker.getAsLong() - askedAt;
      return !asked || passed >= (wanted ? PAUSE_NANOS : FRESH_NANOS);
    }

    @Override
    String read() throws IOException {
      asked = true;
      askedAt = ticker.getAsLong();
      HttpClient http = client;
      if (http == null) {
        http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        client = http;
      }
      BoundedResponse answer =
          BoundedResponse.of(http, HttpRequest.newBuilder(url).build(), PATIENCE);
      if (answer.status() != 200) {
        throw new IOException("it answers with status " + answer.status());
      }
      wanted = false;
      return answer.body();
    }

    @Override
    public String toString() {
      return "jwt.jwks_url " + url;
    }
  }
}
