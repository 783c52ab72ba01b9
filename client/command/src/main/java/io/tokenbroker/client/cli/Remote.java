package io.tokenbroker.client.cli;

import io.tokenbroker.client.ClientOptions;
import io.tokenbroker.client.TokenBrokerClient;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options that every command has: where the broker is and how to print. Each may stand before
 * or after the sub-command; after wins.
 */
final class Remote {
  static final String VARIABLE = "TOKENBROKER_ENDPOINT";
  static final String TOKEN_FILE = "TOKENBROKER_TOKEN_FILE";
  private static final String DEFAULT_ENDPOINT = "127.0.0.1:50051";

  // A strong reference, so that the level stays.
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT[,...]",
      description =
          "The broker, or several: the calls of an account go to one of them while it is up."
              + " unix:/PATH is a Unix socket."
              + " Default: $"
              + VARIABLE
              + ", else "
              + DEFAULT_ENDPOINT
              + ".")
  @Nullable String endpoint;

  @Option(
      names = "--json",
      description = "Print one JSON object a line; errors as well, on stderr.")
  boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = TimeoutConverter.class,
      description = "How long to wait for an answer: 500ms, 10s, 2m. Default: 10s.")
  @Nullable Duration timeout;

  @Mixin final TlsFlags tls = new TlsFlags();

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the bearer token to show: a key of `callers add`, or a JWT. Default: $"
              + TOKEN_FILE
              + ".")
  @Nullable Path tokenFile;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  private final LastCall last = new LastCall();
  private @Nullable ClientFile file;

  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec mixee;

  /**
   * @throws ParameterException if the endpoint is malformed
   */
  TokenBrokerClient connect() {
    GRPC.setLevel(Level.OFF); // it logs what the one line on stderr tells
    String[] endpoints =
        Arrays.stream(endpointText().split(",", -1)).map(String::strip).toArray(String[]::new);
    try {
      ClientOptions plain =
          ClientOptions.DEFAULT
              .withEndpoints(endpoints)
              .withDeadline(timeout())
              .withInterceptors(last);
      ClientOptions secure =
          tls.options(root().options().tls, settings()).map(plain::withTls).orElse(plain);
      return TokenBrokerClient.connect(tokenFile().map(secure::withTokenFile).orElse(secure));
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage() + (fromEndpoint(e) ? source() : ""));
    }
  }

  private Optional<Path> tokenFile() {
    Path own = tokenFile != null ? tokenFile : root().options().tokenFile;
    return own != null
        ? Optional.of(own)
        : Optional.ofNullable(settings().apply(TOKEN_FILE))
            .filter(text -> !text.isBlank())
            .map(Path::of);
  }

  /** The environment, and below it the file of the user. */
  private Function<String, @Nullable String> settings() {
    Function<String, @Nullable String> variable = root().surroundings().variable();
    if (file == null) {
      try {
        file = ClientFile.read(variable);
      } catch (IllegalArgumentException e) {
        file = new ClientFile(Map.of()); // told once
        throw usage(String.valueOf(e.getMessage()));
      }
    }
    return file.below(variable);
  }

  private static boolean fromEndpoint(IllegalArgumentException e) {
    return String.valueOf(e.getMessage()).startsWith("endpoint");
  }

  /** The call that was made last, such as DeleteAccount; empty if none was. */
  String lastCall() {
    return last.method();
  }

  String endpointText() {
    if (endpoint != null) {
      return endpoint;
    }
    if (root().options().endpoint != null) {
      return root().options().endpoint;
    }
    String variable = variable();
    return variable.isBlank() ? DEFAULT_ENDPOINT : variable;
  }

  private String source() {
    if (endpoint != null || root().options().endpoint != null) {
      return "";
    }
    String set = root().surroundings().variable().apply(VARIABLE);
    return set == null || set.isEmpty()
        ? ", from the client file"
        : ", from the environment variable " + VARIABLE;
  }

  private String variable() {
    return Objects.requireNonNullElse(settings().apply(VARIABLE), "");
  }

  Duration timeout() {
    Duration own = timeout != null ? timeout : root().options().timeout;
    return own != null ? own : ClientOptions.DEFAULT.deadline();
  }

  boolean json() {
    return json || root().options().json;
  }

  PrintWriter out() {
    return spec().commandLine().getOut();
  }

  PrintWriter err() {
    return spec().commandLine().getErr();
  }

  Surroundings surroundings() {
    return root().surroundings();
  }

  /** A wrong command line. */
  ParameterException usage(String message) {
    return new ParameterException(spec().commandLine(), message);
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(mixee);
  }

  private TokenBrokerCommand root() {
    return (TokenBrokerCommand) spec().root().userObject();
  }
}
