package io.tokenbroker.server.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A made-up secret, and where it is found: plain, in hex, or in base64 wherever that begins. */
record Canary(String secret) {
  List<String> forms() {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    List<String> forms = new ArrayList<>();
    forms.add(secret);
    forms.add(HexFormat.of().formatHex(bytes));
    forms.add(HexFormat.of().formatHex(bytes).toUpperCase(Locale.ROOT));
    for (int before = 0; before < 3; before++) {
      byte[] within = new byte[before + bytes.length];
      System.arraycopy(bytes, 0, within, before, bytes.length);
      String text = Base64.getEncoder().encodeToString(within);
      // what depends on its neighbours is left out
      String middle = text.substring(4, text.length() - 4);
      forms.add(middle);
      forms.add(middle.replace('+', '-').replace('/', '_'));
    }
    return forms;
  }

  boolean isIn(String text) {
    return forms().stream().anyMatch(text::contains);
  }

  /** The names of those files under a directory that have it. */
  TreeSet<String> filesWithIt(Path directory) throws IOException {
    TreeSet<String> found = new TreeSet<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (isIn(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))) {
          found.add(directory.relativize(file).toString());
        }
      }
    }
    return found;
  }
}
