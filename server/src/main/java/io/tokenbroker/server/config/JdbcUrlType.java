package io.tokenbroker.server.config;

/** A JDBC URL of a database that the broker speaks. */
record JdbcUrlType() implements ValueType<JdbcUrl> {
  @Override
  public JdbcUrl parse(String text) {
    boolean known = text.matches("jdbc:(mysql|mariadb|sqlite):.+");
    if (!known || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException();
    }
    return new JdbcUrl(text);
  }

  @Override
  public String allowed() {
    return "a URL that begins with jdbc:mysql:, jdbc:mariadb: or jdbc:sqlite:";
  }

  @Override
  public String range() {
    return "jdbc:mysql:…, jdbc:mariadb:…, jdbc:sqlite:…";
  }
}
