package io.tokenbroker.client.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The completion script for fish, one {@code complete} for each word that there is. */
final class FishCompletion {
  private static final String HEADER =
      """
      # Completion of tokenbroker for fish. At once:
      #   tokenbroker completion fish | source
      # or for ever: tokenbroker completion fish > ~/.config/fish/completions/tokenbroker.fish

      # __tokenbroker_at COUNT WORD...: the words before the cursor that are no options and no values of
      # options begin with these, and are so many in all; - stands for any number.
      function __tokenbroker_at
          set -l words
          set -l value no
          for word in (commandline -opc)[2..-1]
              if test $value = yes
                  set value no
              else if contains -- $word %s
                  set value yes
              else if not string match -q -- '-*' $word
                  set -a words $word
              end
          end
          set -l count $argv[1]
          set -e argv[1]
          test $count = - -o $count = (count $words); or return 1
          test (count $argv) -eq 0; and return 0
          set -l last (count $argv)
          test (count $words) -ge $last; or return 1
          test "$words[1..$last]" = "$argv"
      end

      complete -c tokenbroker -f
      """;

  private final List<String> lines = new ArrayList<>();

  private FishCompletion() {}

  static String of(CommandSpec root) {
    FishCompletion completion = new FishCompletion();
    completion.add(root, List.of());
    return HEADER.formatted(String.join(" ", valued(root))) + String.join("", completion.lines);
  }

  /** The options that have a value, of all commands. */
  private static Set<String> valued(CommandSpec command) {
    Set<String> names = new TreeSet<>();
    command.options().stream()
        .filter(option -> option.arity().max() > 0)
        .forEach(option -> names.addAll(Arrays.asList(option.names())));
    command.subcommands().values().forEach(sub -> names.addAll(valued(sub.getCommandSpec())));
    return names;
  }

  private void add(CommandSpec command, List<String> path) {
    command
        .subcommands()
        .forEach(
            (name, sub) -> {
              line(
                  at(path.size(), path)
                      + " -a "
                      + name
                      + described(sub.getCommandSpec().usageMessage().description()));
              List<String> deeper = new ArrayList<>(path);
              deeper.add(name);
              add(sub.getCommandSpec(), deeper);
            });
    command.options().stream()
        .filter(option -> !option.hidden())
        .forEach(option -> line(at("-", path) + names(option) + described(option.description())));
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      String values = values(parameter);
      if (!values.isEmpty()) {
        line(at(path.size() + parameter.index().min(), path) + values);
      }
    }
  }

  private void line(String rest) {
    lines.add("complete -c tokenbroker" + rest + "\n");
  }

  private static String at(Object count, List<String> path) {
    return " -n '"
        + String.join(" ", "__tokenbroker_at " + count, String.join(" ", path)).strip()
        + "'";
  }

  private static String names(OptionSpec option) {
    String names =
        Arrays.stream(option.names())
            .map(
                name ->
                    name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.charAt(1))
            .collect(Collectors.joining());
    return option.arity().max() == 0 ? names : names + " -r" + values(option);
  }

  /** What it may be, if that is known. */
  private static String values(ArgSpec argument) {
    if (argument.completionCandidates() != null) {
      List<String> candidates = new ArrayList<>();
      argument.completionCandidates().forEach(candidates::add);
      return " -a " + quoted(String.join(" ", candidates));
    }
    return argument.type() == Path.class ? " -F" : "";
  }

  /** The first sentence. */
  private static String described(String[] description) {
    String text = description.length == 0 ? "" : description[0];
    text = text.replaceFirst("(?s)[.:;] .*", "").replaceFirst("\\.$", "").replace("%%", "%");
    return text.isEmpty() ? "" : " -d " + quoted(text);
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
