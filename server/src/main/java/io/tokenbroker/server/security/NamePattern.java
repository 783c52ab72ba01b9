package io.tokenbroker.server.security;

/**
 * Which names of callers or accounts a rule is for: {@code *} stands for any characters but {@code
 * /}, {@code **} for any at all, a lone {@code *} for every name; all else for itself.
 *
 * @param prefix what stands before the first star; empty without one
 */
record NamePattern(String text, String prefix) {
  static final int MAX_LENGTH = 1024;

  NamePattern(String text) {
    this(text, text.substring(0, Math.max(0, text.indexOf('*'))));
  }

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
    int begin = prefix.length();
    if (!name.startsWith(prefix)) {
      return false;
    }
    if (begin == text.length() - 1
        && text.charAt(begin) == '*') { // as most do, it ends with its only star
      return name.indexOf('/', begin) < 0;
    }
    int at = begin;
    int in = begin;
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
