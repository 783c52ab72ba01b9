package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.e2e.Cli.Result;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A start that fails, as it should: one line on standard error, and nothing else. */
final class Refusal {
  private Refusal() {}

  /**
   * Returns the line.
   *
   * @param by a command that runs it, as in {@link Launcher}
   * @param settings environment variables, less TOKENBROKER_
   */
  static String of(
      List<String> by, Path data, int exit, Map<String, String> settings, String... arguments)
      throws InterruptedException {
    Map<String, String> environment = new HashMap<>();
    settings.forEach((name, value) -> environment.put("TOKENBROKER_" + name, value));
    environment.putIfAbsent("TOKENBROKER_DATA", data.toString());
    environment.putIfAbsent("TOKENBROKER_LISTEN", "127.0.0.1:0");
    String[] serve = new String[arguments.length + 1];
    serve[0] = "serve";
    System.arraycopy(arguments, 0, serve, 1, arguments.length);
    Result result = Cli.run(by, environment, "", serve);

    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .as(result.err())
        .hasSize(1)
        .allMatch(line -> line.startsWith("tokenbroker: "));
    assertThat(result.err()).doesNotContain("Exception").doesNotContain(Broker.SECRET);
    assertThat(result.exit()).as(result.err()).isEqualTo(exit);
    return result.err();
  }
}
