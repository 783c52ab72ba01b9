package io.tokenbroker.server.config;

import java.util.List;

/** The configuration can't be used. The message has one line for each problem that was found. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param problems at least one; each is one line that names the key, where its value came from,
   *     the value unless it may be secret, and what is allowed
   */
  public ConfigException(List<String> problems) {
    super(String.join("\n", problems));
  }

  public List<String> problems() {
    return getMessage().lines().toList();
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
