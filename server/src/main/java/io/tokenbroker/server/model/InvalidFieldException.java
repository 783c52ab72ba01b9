package io.tokenbroker.server.model;

import java.util.Map;

/** A field of the request is not as the contract says. */
public final class InvalidFieldException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final String field;
  private final String description;

  /**
   * @param field the path of the field, such as {@code tokens[3].weight}
   * @param description what is wrong with it, to be read behind the field's name
   */
  public InvalidFieldException(String field, String description) {
    super(field + " " + description + ".", null);
    this.field = field;
    this.description = description;
  }

  public String field() {
    return field;
  }

  public String description() {
    return description;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("field", field);
  }
}
