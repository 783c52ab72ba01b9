package io.tokenbroker.server.log;

/** What is logged, and how it looks. */
public record LogConfig(Level level, Format format) {
  /** The least severity that is logged. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG
  }

  /** AUTO is TEXT if standard error is a terminal, else JSON. */
  public enum Format {
    AUTO,
    TEXT,
    JSON
  }
}
