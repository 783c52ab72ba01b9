package io.tokenbroker.server.log;

import io.tokenbroker.server.model.Setting;

/** What is logged, and how it looks. */
public record LogConfig(
    @Setting(
            key = "log.level",
            value = "info",
            doc =
                "The least severity that is logged. Libraries never log below info, for they would"
                    + " show secrets.")
        Level level,
    @Setting(
            key = "log.format",
            value = "auto",
            doc = "How log lines look; auto is text if standard error is a terminal, else json.")
        Format format) {
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
