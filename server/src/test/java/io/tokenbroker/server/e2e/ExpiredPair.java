package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.e2e.Tools.Ran;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** A certificate that has expired, and its key. */
record ExpiredPair(Path cert, Path key) {
  private static final String PASSWORD = "not-a-secret";

  static ExpiredPair in(Path directory) throws Exception {
    Path store = directory.resolve("expired.p12");
    Ran made =
        Tools.run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-dname",
                "CN=expired",
                "-keyalg",
                "EC",
                "-startdate",
                "-10d",
                "-validity",
                "5",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    assertThat(made.exit()).as(made.output()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return new ExpiredPair(
        Files.writeString(
            directory.resolve("expired.pem"),
            pem("CERTIFICATE", keys.getCertificate("it").getEncoded())),
        Files.writeString(
            directory.resolve("expired.key"),
            pem("PRIVATE KEY", keys.getKey("it", PASSWORD.toCharArray()).getEncoded())));
  }

  private static String pem(String kind, byte[] der) {
    String dashes = "-----";
    return dashes
        + "BEGIN "
        + kind
        + dashes
        + "\n"
        + Base64.getMimeEncoder().encodeToString(der)
        + "\n"
        + dashes
        + "END "
        + kind
        + dashes
        + "\n";
  }
}
