package io.tokenbroker.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.e2e.Tools.Ran;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A CA that makes whatever certificates a test wants, by the JDK's {@code keytool}. */
final class TestCa {
  private static final String PASSWORD = "not-a-secret";
  private static final String CA = "ca";

  private final Path directory;
  private final Path store;
  private final Path certificate;

  /** A certificate, and its key. */
  record Pair(Path cert, Path key) {}

  /**
   * @param directory of its own, where all files go
   */
  TestCa(Path directory) throws Exception {
    this.directory = Files.createDirectories(directory);
    store = directory.resolve("store.p12");
    keytool(CA, List.of("-ext", "bc:c=ca:true"));
    certificate = write(CA + ".pem", "CERTIFICATE", keys().getCertificate(CA).getEncoded());
  }

  Path certificate() {
    return certificate;
  }

  /**
   * @param more options of keytool, such as {@code -startdate -10d -validity 5}, and {@code -ext}
   */
  Pair issue(String name, String... more) throws Exception {
    List<String> options = new ArrayList<>(List.of("-signer", CA));
    options.addAll(List.of(more));
    keytool(name, options);
    KeyStore keys = keys();
    return new Pair(
        write(name + ".pem", "CERTIFICATE", keys.getCertificate(name).getEncoded()),
        write(name + ".key", "PRIVATE KEY", keys.getKey(name, password()).getEncoded()));
  }

  private void keytool(String name, List<String> more) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(more);
    Ran made = Tools.run(command);
    assertThat(made.exit()).as(made.output()).isZero();
  }

  private static char[] password() {
    return PASSWORD.toCharArray();
  }

  private KeyStore keys() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, password());
    }
    return keys;
  }

  private Path write(String file, String kind, byte[] der) throws IOException {
    String dashes = "-----";
    String base64 = Base64.getMimeEncoder().encodeToString(der);
    return Files.writeString(
        directory.resolve(file),
        dashes + "BEGIN " + kind + dashes + "\n" + base64 + "\n" + dashes + "END " + kind + dashes
            + "\n");
  }
}
