package io.tokenbroker.client.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * A CA and three certificates of it, made by the JDK's own {@code keytool}: P-256 keys, SHA-256
 * signatures.
 *
 * @param hosts of the broker besides this machine's own
 */
record SelfSigned(Path directory, List<String> hosts) {
  private static final String DOMAIN = "spiffe://tokenbroker.local/";
  private static final String CA = "ca";
  private static final List<String> LEAVES = List.of("server", "client", "admin");
  private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

  /** Those of its files that are there already. */
  List<Path> existing() {
    return Stream.concat(
            Stream.of(CA + ".pem"),
            LEAVES.stream().flatMap(leaf -> Stream.of(leaf + ".pem", leaf + ".key")))
        .map(directory::resolve)
        .filter(Files::exists)
        .toList();
  }

  void write() throws IOException, InterruptedException {
    Files.createDirectories(directory);
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    Path work = Files.createTempDirectory(directory, ".keys");
    Path store = work.resolve("store.p12");
    try {
      make(
          store,
          password,
          CA,
          "-ext",
          "bc:c=ca:true,pathlen:0",
          "-ext",
          "ku:c=keyCertSign,cRLSign");
      for (String leaf : LEAVES) {
        make(
            store,
            password,
            leaf,
            "-signer",
            CA,
            "-ext",
            "san=" + names(leaf),
            "-ext",
            "ku:c=digitalSignature",
            "-ext",
            "eku=" + (leaf.equals("server") ? "serverAuth,clientAuth" : "clientAuth"));
      }
      export(store, password.toCharArray());
    } finally {
      Files.deleteIfExists(store);
      Files.deleteIfExists(work);
    }
  }

  private String names(String leaf) {
    List<String> names = new ArrayList<>(List.of("uri:" + DOMAIN + leaf));
    if (leaf.equals("server")) {
      names.addAll(List.of("dns:localhost", "ip:127.0.0.1", "ip:0:0:0:0:0:0:0:1"));
      for (String host : hosts) {
        names.add((host.matches("[0-9.]+|.*:.*") ? "ip:" : "dns:") + host);
      }
    }
    return String.join(",", names);
  }

  private static void make(Path store, String password, String alias, String... more)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                "CN=tokenbroker " + alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "365",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass:env",
                "STORE_PASSWORD"));
    command.addAll(List.of(more));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("STORE_PASSWORD", password);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new CommandFailure(ExitCodes.USAGE, "keytool refused: " + said.strip());
    }
  }

  private void export(Path store, char[] password) throws IOException {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, password);
      replace(CA + ".pem", "rw-r--r--", pem("CERTIFICATE", keys.getCertificate(CA).getEncoded()));
      for (String leaf : LEAVES) {
        Certificate certificate = keys.getCertificate(leaf);
        replace(leaf + ".pem", "rw-r--r--", pem("CERTIFICATE", certificate.getEncoded()));
        replace(
            leaf + ".key",
            "rw-------",
            pem(
                "PRIVATE KEY",
                P256Key.withPublicKey(
                    (ECPrivateKey) keys.getKey(leaf, password), certificate.getPublicKey())));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** At once, so that who watches it never reads half of it. */
  private void replace(String name, String permissions, String text) throws IOException {
    Path part =
        Files.createTempFile(
            directory,
            "." + name,
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(part, text);
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(permissions));
      Files.move(part, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + PEM.encodeToString(der)
        + "\n-----END "
        + kind
        + "-----\n";
  }
}
