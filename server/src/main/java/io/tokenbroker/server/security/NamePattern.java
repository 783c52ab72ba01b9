package io.tokenbroker.server.security;

/**
 * Which names of callers or accounts a rule is for: {@code *} stands for any characters but {@code
 * /}, {@code **} for any at all, a lone {@code *} for every name; all else for itself.
 */
record NamePattern(String text) {
  static final int MAX_LENGTH = 1024;

  boolean isEverything() {
    return text.equals("*") || text.equals("**");
  }

  boolean isLiteral() {
    return text.indexOf('*') < 0;
  }

  /** Goes back to the newest star that can take more; allocates nothing. */
  boolean matches(String name) {
    if (isEverything()) {
      return true;
    }
    int at = 0;
    int in = 0;
    int afterStar = -1;
    int starEnd = 0;
    int afterStars = -1;
    int starsEnd = 0;
    while (in < name.length() || at < text.length()) {
      if (text.startsWith("**", at)) {
        at += 2;
        afterStars = at;
        starsEnd = in;
        afterStar = -1;
      } else if (at < text.length() && text.charAt(at) == '*') {
        at++;
        afterStar = at;
        starEnd = in;
      } else if (at < text.length() && in < name.length() && text.charAt(at) == name.charAt(in)) {
        at++;
        in++;
      } else if (afterStar >= 0 && starEnd < name.length() && name.charAt(starEnd) != '/') {
        starEnd++;
        at = afterStar;
        in = starEnd;
      } else if (afterStars >= 0 && starsEnd < name.length()) {
        starsEnd++;
        at = afterStars;
        in = starsEnd;
        afterStar = -1;
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
