package io.tokenbroker.server.config;

import io.tokenbroker.server.log.Escape;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The keys, for people to read. */
public final class Reference {
  private static final String HEAD =
      """
      # Configuration of the token broker: tokenbroker serve --config tokenbroker.yaml
      #
      # Every key stands here as a comment, with its default or else an example. Remove
      # the "# " before a key to change it. Environment variables win over this file, and
      # flags over both. See docs/configuration.md.
      """;

  private static final Pattern PLAIN = Pattern.compile("[\\w./\\[][\\w ,./:\\[\\]-]*");

  private Reference() {}

  /** A YAML file that has every key, commented out: docs/tokenbroker.yaml. */
  public static String yaml() {
    return HEAD + sections(Reference::explained, "\n");
  }

  /** What is in force, as a YAML file that says where each value came from. */
  static String effective(Settings settings) {
    return sections(key -> indent(key) + inForce(key, settings), "");
  }

  private static String sections(Function<Key<?>, String> entry, String between) {
    StringBuilder text = new StringBuilder();
    String section = "";
    for (Key<?> key : Keys.ALL) {
      if (key.section().equals(section)) {
        text.append(between);
      } else {
        section = key.section();
        text.append(section.isEmpty() ? "\n" : "\n" + section + ":\n");
      }
      text.append(entry.apply(key));
    }
    return text.toString();
  }

  private static String explained(Key<?> key) {
    String indent = indent(key);
    return "%1$s# %2$s\n%1$s# %3$s: %4$s. %5$s\n%1$s# %6$s: %7$s\n"
        .formatted(
            indent,
            key.doc(),
            key.defaultText() == null ? "Not set by default. Allowed" : "Allowed",
            key.type().range(),
            key.environmentVariable(),
            name(key),
            scalar(key.example()));
  }

  private static String inForce(Key<?> key, Settings settings) {
    String origin = settings.given(key).map(Given::origin).orElse("default");
    return settings
        .find(key)
        .map(
            value ->
                name(key)
                    + ": "
                    + scalar(shown(key, value, settings))
                    + " # "
                    + Given.shown(origin)
                    + "\n")
        .orElse("# " + name(key) + ": none\n");
  }

  private static String shown(Key<?> key, Object value, Settings settings) {
    return key.confidential()
        ? value.toString()
        : settings.given(key).map(Given::text).orElse(key.example());
  }

  /** As it is where that is plain YAML for certain, else in double quotes. */
  private static String scalar(String text) {
    return PLAIN.matcher(text).matches()
            && !text.contains(": ")
            && !text.endsWith(":")
            && !text.endsWith(" ")
            && !text.equals("null")
            && !text.startsWith("[")
        ? text
        : quoted(text);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    Escape.quoted(quoted, text, text.length());
    return quoted.append('"').toString();
  }

  private static String name(Key<?> key) {
    return key.name().substring(key.name().indexOf('.') + 1);
  }

  private static String indent(Key<?> key) {
    return key.section().isEmpty() ? "" : "  ";
  }
}
