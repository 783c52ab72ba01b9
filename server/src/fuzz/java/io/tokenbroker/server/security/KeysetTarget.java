package io.tokenbroker.server.security;

import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/** What stands in a keyset file. It is refused without being quoted, or it encrypts. */
public final class KeysetTarget implements FuzzTarget {
  private static final String SECRET = "made up";
  private final KeysetFile file = new KeysetFile(Path.of("keyset.json"), Optional.empty());

  @Override
  public void run(byte[] input) throws Exception {
    String text = new String(input, StandardCharsets.UTF_8);
    Keyset keyset;
    try {
      keyset = file.parse(text);
    } catch (KeysetException e) {
      refused(e.getMessage());
      return;
    }
    SecretKey key = keyset.currentKey();
    String sealed = key.seal("acme", 1, SECRET);
    Keyset again = Keyset.parse(keyset.json(Optional.empty()), Optional.empty());
    SecretKey same = again.keys().get(keyset.current());
    if (!again.equals(keyset)
        || !keyset.ids().contains(keyset.current())
        || same == null
        || !same.open("acme", 1, Base64.getDecoder().decode(sealed)).equals(SECRET)) {
      throw new AssertionError("is another one when it has been written and read");
    }
    if (!keyset.toString().matches("Keyset\\[[0-9, ]*]")) {
      throw new AssertionError("prints " + keyset);
    }
  }

  private static void refused(String message) {
    Lines.check(message);
    if (!message.matches(
        "keyset.json (is empty|is longer than 64 KiB|is no keyset of Tink in JSON"
            + "|has a primary key that is not enabled|has two keys of the id [0-9]+"
            + "|key [0-9]+ is no AES-256-GCM key of Tink's own form)")) {
      throw new AssertionError("says " + message);
    }
  }
}
