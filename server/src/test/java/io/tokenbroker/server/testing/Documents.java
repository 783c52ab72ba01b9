package io.tokenbroker.server.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The folder docs, parts of which come from the program itself. */
public final class Documents {
  private Documents() {}

  public static Path folder() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("docs/configuration.md"))) {
      here = Optional.ofNullable(here.getParent()).orElseThrow();
    }
    return here.resolve("docs");
  }

  /**
   * Compares a document with what it should be; with {@code make documents} it is that from then
   * on.
   */
  public static void compare(String document, UnaryOperator<String> asItShouldBe)
      throws IOException {
    Path file = folder().resolve(document);
    String text = Files.exists(file) ? Files.readString(file) : "";
    if (Boolean.getBoolean("tokenbroker.documents.write")) {
      Files.writeString(file, asItShouldBe.apply(text));
    } else {
      assertThat(text)
          .as("docs/%s; `make documents` writes it", document)
          .isEqualTo(asItShouldBe.apply(text));
    }
  }
}
