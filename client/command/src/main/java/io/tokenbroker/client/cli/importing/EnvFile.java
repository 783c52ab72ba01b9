package io.tokenbroker.client.cli.importing;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code NAME=VALUE} lines, with or without {@code export} before. The name becomes the label.
 *
 * <p>A value in single quotes is taken as it is; in double quotes, {@code \n \r \t \" \\ \$} are
 * escapes; without quotes it ends before white space and {@code #}. A {@code $} stands for itself:
 * nothing is expanded. A value ends on its line.
 */
final class EnvFile {
  private static final Pattern ASSIGNMENT =
      Pattern.compile("\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\\s*=(.*)", Pattern.DOTALL);
  private static final Pattern SINGLE_QUOTED = Pattern.compile("'([^']*)'\\s*(?:#.*)?");
  private static final Pattern DOUBLE_QUOTED =
      Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*+)\"\\s*(?:#.*)?");
  private static final Pattern ESCAPE = Pattern.compile("\\\\.", Pattern.DOTALL);
  private static final Pattern COMMENT = Pattern.compile("(?:^|\\s)#.*");

  private EnvFile() {}

  static void read(SourceText text, Findings findings) {
    int number = 0;
    for (String line : text.lines()) {
      number++;
      if (!SourceText.isContent(line)) {
        continue;
      }
      Matcher matcher = ASSIGNMENT.matcher(line);
      if (!matcher.matches()) {
        findings.refuse(number, "not NAME=VALUE with a name of letters, digits and _");
        continue;
      }
      try {
        String secret = value(matcher.group(2).strip());
        findings.token(
            number, number, new TokenFields(Map.of("secret", secret, "label", matcher.group(1))));
      } catch (RefusedLine e) {
        findings.refuse(number, e.why());
      }
    }
  }

  private static String value(String text) throws RefusedLine {
    if (text.startsWith("'")) {
      return quoted(SINGLE_QUOTED, text);
    }
    if (text.startsWith("\"")) {
      return unescape(quoted(DOUBLE_QUOTED, text));
    }
    return COMMENT.matcher(text).replaceFirst("").strip();
  }

  private static String quoted(Pattern pattern, String text) throws RefusedLine {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new RefusedLine("the quote must be closed on the same line, with nothing after it");
    }
    return matcher.group(1);
  }

  private static String unescape(String text) throws RefusedLine {
    StringBuilder value = new StringBuilder(text.length());
    Matcher escape = ESCAPE.matcher(text);
    while (escape.find()) {
      char meaning = meaning(escape.group().charAt(1));
      escape.appendReplacement(value, "");
      value.append(meaning);
    }
    escape.appendTail(value);
    return value.toString();
  }

  private static char meaning(char escaped) throws RefusedLine {
    return switch (escaped) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case '"', '\\', '$' -> escaped;
      default -> throw new RefusedLine("in double quotes, \\ needs n, r, t, \", \\ or $ after it");
    };
  }
}
