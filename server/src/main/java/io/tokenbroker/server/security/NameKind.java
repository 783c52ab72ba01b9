package io.tokenbroker.server.security;

/** Where in a certificate a name stands. */
public enum NameKind {
  /** A URI among the subject alternative names, such as a SPIFFE ID. */
  URI,
  /** A DNS name among them. */
  DNS,
  /** The common name of the subject. */
  CN
}
