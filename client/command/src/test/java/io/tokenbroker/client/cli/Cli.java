package io.tokenbroker.client.cli;

import io.tokenbroker.client.fake.FakeBroker;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;

/** Runs the command as a shell would, in this process. */
final class Cli implements AutoCloseable {
  /** What a run left behind. */
  record Result(int exitCode, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }
  }

  final FakeBroker broker = FakeBroker.listening();
  byte[] stdin = {};
  boolean terminal;

  Result run(String... args) {
    return run(Map.of("TOKENBROKER_ENDPOINT", broker.endpoint()), args);
  }

  Result run(Map<String, String> variables, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Surroundings surroundings =
        new Surroundings(variables::get, new ByteArrayInputStream(stdin), fd -> terminal);
    CommandLine command = TokenBrokerCli.commandLine(surroundings, () -> false, args);
    // buffered as in a process: what the command does not flush is lost
    int exitCode =
        command
            .setOut(new PrintWriter(new BufferedWriter(out)))
            .setErr(new PrintWriter(new BufferedWriter(err)))
            .execute(args);
    return new Result(exitCode, out.toString(), err.toString());
  }

  /** Imports this text from standard input. */
  Result importText(String text, String... options) {
    stdin = text.getBytes(StandardCharsets.UTF_8);
    List<String> args = new ArrayList<>(List.of("tokens", "import", "demo", "-"));
    args.addAll(List.of(options));
    return run(args.toArray(String[]::new));
  }

  @Override
  public void close() {
    broker.close();
  }
}
