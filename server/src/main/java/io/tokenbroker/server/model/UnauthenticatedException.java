package io.tokenbroker.server.model;

import java.util.Locale;
import java.util.Map;

/** It is not known who calls. */
public final class UnauthenticatedException extends BrokerException {
  private static final long serialVersionUID = 1;

  private final Why why;

  public UnauthenticatedException(Why why) {
    super(why.text, null);
    this.why = why;
  }

  public Why why() {
    return why;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of("cause", why.name().toLowerCase(Locale.ROOT));
  }

  /** What is the matter with what the caller showed. */
  public enum Why {
    MISSING("The broker wants to know who calls: send a bearer token, or show a certificate."),
    MALFORMED("The authorization header is not \"Bearer \" and a token that this broker takes."),
    UNKNOWN("The bearer key is not known, or was revoked."),
    EXPIRED("The bearer token, or the certificate, has expired. Get a new one."),
    NOT_YET_VALID("The bearer token, or the certificate, is not valid yet. Check the clocks."),
    SIGNATURE("The bearer token is not signed with a key and an algorithm that this broker takes."),
    ISSUER("The bearer token is of an issuer that this broker does not take."),
    AUDIENCE("The bearer token is for another audience."),
    NO_NAME("The certificate has no name of a kind in identity.certificate_names.");

    private final String text;

    Why(String text) {
      this.text = text;
    }
  }
}
