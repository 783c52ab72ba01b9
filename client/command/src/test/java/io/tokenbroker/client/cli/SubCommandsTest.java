package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** A command that is made alone is the same as among all others. */
final class SubCommandsTest {
  static Set<String> names() {
    return with().getSubcommands().keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aloneItTellsOfItselfWhatItTellsAmongAll(String name) {
    assertThat(help(with(name), name)).isEqualTo(help(with(), name)).contains(name);
  }

  @Test
  void nothingElseIsMadeForIt() {
    assertThat(with("next", "demo").getSubcommands()).containsOnlyKeys("next");
  }

  @Test
  void whatTellsOfTheOthersHasThem() {
    assertThat(with("help").getSubcommands().keySet()).isEqualTo(names());
    assertThat(with("completion").getSubcommands().keySet()).isEqualTo(names());
    assertThat(with("nonsense").getSubcommands().keySet()).isEqualTo(names());
    assertThat(with("--json", "next").getSubcommands().keySet()).isEqualTo(names());
  }

  private static CommandLine with(String... args) {
    Surroundings nothing = new Surroundings(name -> null, System.in, fd -> false);
    return TokenBrokerCli.commandLine(nothing, () -> false, args);
  }

  private static String help(CommandLine command, String name) {
    StringWriter out = new StringWriter();
    command.setOut(new PrintWriter(out)).execute(name, "--help");
    return out.toString();
  }
}
