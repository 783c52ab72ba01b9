package io.tokenbroker.server.e2e;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What a page of the documents has in a fence.
 *
 * @param language as the fence says; may be empty
 */
record Block(String language, String text) {
  private static final Pattern FENCED = Pattern.compile("(?ms)^ *```(\\w*)\n(.*?)^ *```$");

  /** Those of a page, in their order. */
  static List<Block> of(String page) {
    return FENCED
        .matcher(page)
        .results()
        .map(block -> new Block(block.group(1), block.group(2)))
        .toList();
  }

  /** All but those. */
  static String outside(String page) {
    return FENCED.matcher(page).replaceAll("");
  }

  boolean isShell() {
    return language.equals("sh");
  }
}
