package io.tokenbroker.server.config;

import java.util.List;

/** The oldest version of TLS that is spoken. */
public enum TlsVersion {
  V1_2("1.2"),
  V1_3("1.3");

  final String text;

  TlsVersion(String text) {
    this.text = text;
  }

  /** It and those after it, as the JDK names them. */
  public List<String> protocols() {
    return this == V1_2 ? List.of("TLSv1.3", "TLSv1.2") : List.of("TLSv1.3");
  }

  @Override
  public String toString() {
    return text;
  }
}
