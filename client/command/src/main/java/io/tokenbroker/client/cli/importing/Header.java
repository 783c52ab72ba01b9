package io.tokenbroker.client.cli.importing;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The names of columns or keys. */
final class Header {
  private Header() {}

  /**
   * The names in lower case and without white space around them.
   *
   * @param kind what the names are called: column or key
   * @throws RefusedLine if one is unknown, stands twice, or there is no secret. A name is told only
   *     if there is a secret too: else these may not be names at all
   */
  static List<String> of(List<String> names, String kind) throws RefusedLine {
    List<String> known = names.stream().map(name -> name.strip().toLowerCase(Locale.ROOT)).toList();
    if (!known.contains("secret") && !known.contains("token")) {
      throw new RefusedLine("no " + kind + " is named secret or token");
    }
    if (known.contains("secret") && known.contains("token")) {
      throw new RefusedLine("secret and token are the same " + kind + ": leave one out");
    }
    Set<String> seen = new HashSet<>();
    for (String name : known) {
      if (!TokenFields.NAMES.contains(name)) {
        throw new RefusedLine(
            "unknown "
                + kind
                + " '"
                + shortened(name)
                + "': allowed are secret (or token), label, weight, enabled, expire_time");
      }
      if (!seen.add(name)) {
        throw new RefusedLine(kind + " '" + name + "' stands twice");
      }
    }
    return known;
  }

  /** And without what a terminal would take for more than a text. */
  private static String shortened(String name) {
    String visible = name.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]", "?");
    return visible.length() <= 32 ? visible : visible.substring(0, 32) + "…";
  }
}
