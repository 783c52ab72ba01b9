package io.tokenbroker.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.crypto.tink.Aead;
import io.tokenbroker.server.testing.FakeVault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KeysetFileTest {
  @TempDir Path directory;
  private Path path;
  private KeysetFile file;

  @BeforeEach
  void name() {
    path = directory.resolve("keyset");
    file = new KeysetFile(path, Optional.empty());
  }

  @Test
  void isMadeForItsOwnerAlone() throws Exception {
    Keyset keyset = Keyset.generate();
    file.create(keyset);

    assertThat(mode()).isEqualTo("rw-------");
    assertThat(file.read()).isEqualTo(keyset);
    assertThat(keyset).hasToString("Keyset[" + keyset.current() + "]");
    assertThatThrownBy(() -> file.create(keyset)).hasMessage(path + " exists");

    file.replace(keyset.withNewKey());
    assertThat(mode()).isEqualTo("rw-------");
    assertThat(file.read().ids()).hasSize(2).startsWith(keyset.current());
    assertThat(directory.resolve("keyset.new")).doesNotExist();
  }

  @Test
  void isMadeByOneAtATime() throws Exception {
    try (KeysetLock other = KeysetLock.tryTake(path).orElseThrow()) {
      assertThat(other).isNotNull();
      assertThatThrownBy(() -> file.create(Keyset.generate()))
          .hasMessageContaining("is being changed by another tokenbroker keys");
      assertThat(path).doesNotExist();
    }
    file.create(Keyset.generate());
  }

  /** Else somebody encrypts with a key that is gone. */
  @Test
  void ofManyWhoMakeItAtOnceOneDoesAndItIsHis() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 50; round++) {
        KeysetFile contested = new KeysetFile(directory.resolve("k" + round), Optional.empty());
        CyclicBarrier start = new CyclicBarrier(4);
        List<Future<Optional<Keyset>>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          all.add(threads.submit(() -> made(contested, start)));
        }
        List<Keyset> made = new ArrayList<>();
        for (Future<Optional<Keyset>> one : all) {
          one.get(1, TimeUnit.MINUTES).ifPresent(made::add);
        }
        assertThat(made).containsExactly(contested.read());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Who changes keys may be root, and the directory somebody else's. */
  @Test
  void aLockThatLeadsElsewhereIsNotTaken() throws Exception {
    Path elsewhere = directory.resolve("elsewhere");
    Path lock = Files.createSymbolicLink(directory.resolve("keyset.lock"), elsewhere);
    assertThatThrownBy(() -> file.create(Keyset.generate()))
        .isInstanceOf(KeysetException.class)
        .hasMessageContaining("can't be written");
    assertThat(elsewhere).doesNotExist();
    assertThat(path).doesNotExist();

    Files.createFile(elsewhere);
    assertThatThrownBy(() -> file.create(Keyset.generate())).isInstanceOf(KeysetException.class);
    Files.delete(lock);
    file.create(Keyset.generate());
  }

  @Test
  void asRootALockThatIsThereKeepsItsOwner() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root gives files away");
    file.create(Keyset.generate());
    Path lock = directory.resolve("keyset.lock");
    Object own = Files.getAttribute(lock, "unix:uid");
    Files.setAttribute(path, "unix:uid", 65_534);
    int unused = file.change(now -> 0);
    assertThat(Files.getAttribute(lock, "unix:uid")).isEqualTo(own);

    Files.delete(lock);
    unused = file.change(now -> 0);
    assertThat(Files.getAttribute(lock, "unix:uid")).isEqualTo(65_534);
    file.replace(Keyset.generate());
    assertThat(Files.getAttribute(path, "unix:uid")).isEqualTo(65_534);
  }

  private static Optional<Keyset> made(KeysetFile file, CyclicBarrier start) throws Exception {
    Keyset mine = Keyset.generate();
    int unused = start.await(1, TimeUnit.MINUTES);
    try {
      file.create(mine);
      return Optional.of(mine);
    } catch (KeysetException e) {
      return Optional.empty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rw---x---"})
  void isRefusedWhenOthersMayUseIt(String mode) throws Exception {
    file.create(Keyset.generate());
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    assertThatThrownBy(file::read).hasMessageContaining("chmod 600");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret-key-material",
        "{}",
        "[]",
        "{\"primaryKeyId\":1,\"key\":[]}",
        "{\"primaryKeyId\":1,\"key\":[{\"keyData\":{\"typeUrl\":\"type.googleapis.com/google.crypto"
            + ".tink.AesGcmKey\",\"value\":\"secret-key-material\",\"keyMaterialType\":"
            + "\"SYMMETRIC\"},\"status\":\"ENABLED\",\"keyId\":1,\"outputPrefixType\":\"TINK\"}]}"
      })
  void sayNothingOfWhatTheyHold(String text) throws Exception {
    Files.writeString(
        Files.createFile(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
        text);
    assertThatThrownBy(file::read)
        .isInstanceOf(KeysetException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageNotContaining("secret-key-material")
        .hasNoCause();
  }

  @Test
  void aVaultEncryptsIt() throws Exception {
    String gone;
    try (FakeVault vault = new FakeVault()) {
      Path token = Files.writeString(directory.resolve("token"), FakeVault.TOKEN + "\n");
      KeysetFile wrapped = new KeysetFile(path, vault(vault.url(), token));
      Keyset keyset = Keyset.generate();
      wrapped.create(keyset);

      assertThat(Files.readString(path)).contains("encryptedKeyset");
      assertThat(wrapped.read()).isEqualTo(keyset);
      assertThatThrownBy(file::read).hasMessageContaining("no keyset of Tink");

      Path wrong = Files.writeString(directory.resolve("wrong"), "made-up-other");
      refused(vault.url(), wrong, "refuses the token", false);
      refused(vault.url(), directory.resolve("none"), "does not exist", false);
      refused(vault.url().replace("keys/tokenbroker", "keys/other"), token, "not encrypted", false);
      refused(vault.url().replace("transit", "nothing"), token, "no such engine", false);
      vault.seal();
      refused(vault.url(), token, "fails (HTTP 503)", true);
      gone = vault.url();
    }
    refused(gone, directory.resolve("token"), "can't be reached", true);
  }

  @Test
  void anotherVaultsKeyIsRefused() throws Exception {
    try (FakeVault one = new FakeVault();
        FakeVault other = new FakeVault()) {
      Path token = Files.writeString(directory.resolve("token"), FakeVault.TOKEN);
      new KeysetFile(path, vault(one.url(), token)).create(Keyset.generate());
      refused(other.url(), token, "not encrypted with the key", false);
    }
  }

  /** A real one: with TOKENBROKER_TEST_VAULT_URL, of a key, and _TOKEN. */
  @Test
  void aRealVaultDoesAsTheFakeOne() throws Exception {
    String url = System.getenv("TOKENBROKER_TEST_VAULT_URL");
    assumeTrue(url != null, "no vault to try");
    Path token =
        Files.writeString(
            directory.resolve("token"), System.getenv("TOKENBROKER_TEST_VAULT_TOKEN"));
    KeysetFile wrapped = new KeysetFile(path, vault(url, token));
    Keyset keyset = Keyset.generate();
    wrapped.create(keyset);

    assertThat(wrapped.read()).isEqualTo(keyset);
    Path wrong = Files.writeString(directory.resolve("wrong"), "made-up-other");
    refused(url, wrong, "refuses the token", false);
    refused(url + "-other", token, "not encrypted", false);
    refused(url.replaceFirst("/v1/[^/]+/", "/v1/nothing/"), token, "no such engine", false);
    Aead transit = vault(url, token).orElseThrow();
    byte[] bound = {1, 2};
    byte[] encrypted = transit.encrypt(new byte[] {3}, bound);
    assertThat(transit.decrypt(encrypted, bound)).containsExactly(3);
    assertThatThrownBy(() -> transit.decrypt(encrypted, new byte[] {9}))
        .hasMessageContaining("not encrypted");
  }

  private void refused(String url, Path token, String why, boolean mayPass) throws IOException {
    assertThatThrownBy(() -> new KeysetFile(path, vault(url, token)).read())
        .isInstanceOfSatisfying(
            KeysetException.class,
            e -> assertThat(e.mayPass()).as(e.getMessage()).isEqualTo(mayPass))
        .hasMessageContaining(why)
        .hasMessageNotContaining(Files.exists(token) ? Files.readString(token).strip() : "made-up");
  }

  private static Optional<Aead> vault(String url, Path token) {
    return Optional.of(new VaultTransit(url, token));
  }

  private String mode() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
