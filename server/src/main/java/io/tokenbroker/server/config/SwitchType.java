package io.tokenbroker.server.config;

/** {@code true} or {@code false}, nothing else. */
record SwitchType() implements ValueType<Boolean> {
  @Override
  public Boolean parse(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException();
    };
  }

  @Override
  public String allowed() {
    return "true or false";
  }
}
