package io.tokenbroker.server.model;

/** What is the matter with what a caller showed. */
public enum AuthenticationFailure {
  MISSING("The broker wants to know who calls: send a bearer token, or show a certificate."),
  MALFORMED("The authorization header is not \"Bearer \" and a token that this broker takes."),
  UNKNOWN("The bearer key is not known, or was revoked."),
  EXPIRED("The bearer token, or the certificate, has expired. Get a new one."),
  NOT_YET_VALID("The bearer token, or the certificate, is not valid yet. Check the clocks."),
  SIGNATURE("The bearer token is not signed with a key and an algorithm that this broker takes."),
  ISSUER("The bearer token is of an issuer that this broker does not take."),
  AUDIENCE("The bearer token is for another audience."),
  NO_NAME("The certificate has no name of a kind in identity.certificate_names."),
  NOT_A_PEER("The call says that another broker of this fleet hands it on, and none does.");

  private final String text;

  AuthenticationFailure(String text) {
    this.text = text;
  }

  public String text() {
    return text;
  }
}
