package io.tokenbroker.server.web;

/** A body is no message of its method; the message says why, and quotes no value of it. */
final class MalformedBodyException extends Exception {
  private static final long serialVersionUID = 1;

  private final String why;

  MalformedBodyException(String why) {
    super(why);
    this.why = why;
  }

  String why() {
    return why;
  }
}
