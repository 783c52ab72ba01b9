package io.tokenbroker.server.config;

import java.nio.file.Path;

/** A path, absolute or from the working directory. */
record PathType() implements ValueType<Path> {
  @Override
  public Path parse(String text) {
    if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException();
    }
    return Path.of(text);
  }

  @Override
  public String allowed() {
    return "a path, absolute or from the working directory";
  }

  @Override
  public String range() {
    return "path";
  }
}
