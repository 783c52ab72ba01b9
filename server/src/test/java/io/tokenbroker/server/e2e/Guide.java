package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A page of docs/guides, done as its reader would: what is marked {@code sh} is run word for word,
 * block by block. The broker that it starts takes a free port, of which the commands after it know
 * by the environment.
 */
final class Guide implements AutoCloseable {
  private static final Pattern SERVE = Pattern.compile("(?m)^tokenbroker serve .*$");

  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private @Nullable Broker broker;

  Guide(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment.putAll(environment);
  }

  static List<Block> blocks(String page) throws IOException {
    return Block.of(Files.readString(Documents.folder().resolve("guides").resolve(page)));
  }

  void sh(String commands) throws IOException, InterruptedException {
    Matcher serve = SERVE.matcher(commands);
    if (!serve.find()) {
      run(commands);
      return;
    }
    assertThat(commands.substring(serve.end())).as("is not run").isBlank();
    if (serve.start() > 0) {
      run(commands.substring(0, serve.start()));
    }
    Map<String, String> settings = new HashMap<>(environment);
    settings.put("TOKENBROKER_LISTEN", "127.0.0.1:0");
    settings.put("TOKENBROKER_JAVA_OPTS", "-Xmx512m");
    broker = Broker.of(Shell.of(directory, settings, "exec " + serve.group()).start());
    environment.put("TOKENBROKER_ENDPOINT", broker.endpoint());
  }

  private void run(String commands) throws IOException, InterruptedException {
    Tools.Ran ran = Tools.run(Shell.of(directory, environment, commands));
    assertThat(ran.exit()).as("%s%n%s", commands, ran.output()).isZero();
  }

  /** That its broker stops in good order. */
  void stop() throws InterruptedException {
    assertThat(Objects.requireNonNull(broker, "it starts no broker").stop()).isZero();
  }

  @Override
  public void close() {
    if (broker != null) {
      broker.close();
    }
  }
}
