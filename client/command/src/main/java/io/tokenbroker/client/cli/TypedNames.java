package io.tokenbroker.client.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** Fields of requests under the names of the arguments that they were typed as. */
final class TypedNames {
  private static final Pattern SEGMENT = Pattern.compile("([a-z_]+)(?:\\[([0-9]{1,4})])?");
  private static final Pattern FIELD = Pattern.compile("\\b[a-z]+(?:_[a-z]+)+\\b");

  /** Those whose name says something else; all others are --kebab-case or a LABEL. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "rates", "--rate",
          "quotas", "--quota",
          "max_concurrent", "--concurrent",
          "headroom_percent", "--headroom",
          "max_leases_per_token", "--per-token",
          "max_leases_per_holder", "--per-holder",
          "max_leases", "--max",
          "fencing_number", "FENCING",
          "token_ids", "TOKEN_ID");

  private final CommandLine command;

  TypedNames(CommandLine command) {
    this.command = command;
  }

  /**
   * @param message of a broker, about a field that it begins with
   * @return the message itself if the command has no such argument
   */
  String in(String message, String field) {
    if (!message.startsWith(field + " ")) {
      return message;
    }
    String typed = typed(field.split("\\."));
    return typed == null ? message : typed + others(message.substring(field.length()));
  }

  /** The innermost field that is an argument; what is inside it follows. */
  private @Nullable String typed(String[] path) {
    for (int i = path.length - 1; i >= 0; i--) {
      Matcher segment = SEGMENT.matcher(path[i]);
      ArgSpec argument = segment.matches() ? argument(segment.group(1)) : null;
      if (argument != null) {
        String inside = String.join(".", List.of(path).subList(i + 1, path.length));
        return name(argument)
            + value(argument, segment.group(2))
            + (inside.isEmpty() ? "" : ": " + inside);
      }
    }
    return null;
  }

  private @Nullable ArgSpec argument(String field) {
    String option = OTHERS.getOrDefault(field, "--" + field.replace('_', '-'));
    String label = OTHERS.getOrDefault(field, field.toUpperCase(Locale.ROOT));
    return command.getCommandSpec().args().stream()
        .filter(argument -> name(argument).equals(option) || name(argument).equals(label))
        .findFirst()
        .orElse(null);
  }

  private static String name(ArgSpec argument) {
    return argument instanceof CommandLine.Model.OptionSpec option
        ? option.longestName()
        : argument.paramLabel();
  }

  /** Of several, which one: as it was typed. */
  private static String value(ArgSpec argument, @Nullable String index) {
    List<String> values = argument.originalStringValues();
    int i = index == null ? Integer.MAX_VALUE : Integer.parseInt(index);
    return i < values.size() ? " " + values.get(i) : "";
  }

  /** A rule may name further fields: must not be longer than max_ttl. */
  private String others(String rule) {
    return FIELD
        .matcher(rule)
        .replaceAll(
            found -> {
              ArgSpec argument = argument(found.group());
              return Matcher.quoteReplacement(argument == null ? found.group() : name(argument));
            });
  }
}
