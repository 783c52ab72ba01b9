package io.tokenbroker.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfSignedTest {
  @TempDir Path directory;

  @Test
  void keysCarryTheirPublicKeyForLibrariesThatNeedIt() throws Exception {
    new SelfSigned(directory, List.of()).write();
    for (String leaf : List.of("server", "client", "admin")) {
      byte[] known = publicKey(directory.resolve(leaf + ".pem"));
      byte[] point = Arrays.copyOfRange(known, known.length - 65, known.length);
      byte[] der = der(directory.resolve(leaf + ".key"));
      assertThat(HexFormat.of().formatHex(der)).as(leaf).contains(HexFormat.of().formatHex(point));
      var unused = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    }
  }

  @Test
  void aSmallScalarIsPadded() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    KeyFactory keys = KeyFactory.getInstance("EC");
    var curve = ((ECPrivateKey) pair.getPrivate()).getParams();
    for (BigInteger scalar :
        List.of(BigInteger.valueOf(5), curve.getOrder().subtract(BigInteger.ONE))) {
      var secret = (ECPrivateKey) keys.generatePrivate(new ECPrivateKeySpec(scalar, curve));
      byte[] der = P256Key.withPublicKey(secret, pair.getPublic());
      var read = (ECPrivateKey) keys.generatePrivate(new PKCS8EncodedKeySpec(der));
      assertThat(read.getS()).isEqualTo(scalar);
    }
  }

  private static byte[] publicKey(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(in)
          .getPublicKey()
          .getEncoded();
    }
  }

  private static byte[] der(Path file) throws Exception {
    String text = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
    return Base64.getMimeDecoder().decode(text);
  }
}
