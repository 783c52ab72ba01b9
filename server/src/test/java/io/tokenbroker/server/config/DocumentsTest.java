package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.server.testing.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documents say what the program does, because both come from one table. */
class DocumentsTest {
  private static final Pattern TABLE = Pattern.compile("(?m)^\\| key \\|.*\n(\\|.*\n)*");

  @TempDir Path directory;

  @Test
  void theExampleFileIsWhatHelpConfigPrints() throws IOException {
    Documents.compare("tokenbroker.yaml", any -> Reference.yaml());
  }

  @Test
  void theTableOfKeysIsWhatTheProgramReads() throws IOException {
    Documents.compare(
        "configuration.md",
        text -> TABLE.matcher(text).replaceFirst(Matcher.quoteReplacement(table())));
  }

  @Test
  void theExampleFileChangesNothing() throws IOException {
    assertThat(load(Reference.yaml())).isEqualTo(load(""));
  }

  @Test
  void theDefaultsInTheExampleFileAreTheDefaults() throws IOException {
    String yaml = Reference.yaml();
    for (Key<?> key : Keys.ALL) {
      if (key.defaultText() != null && !key.section().equals("credentials")) {
        yaml = uncommented(yaml, key);
      }
    }
    assertThat(load(yaml)).isEqualTo(load(""));
  }

  @Test
  void theExamplesInTheExampleFileAreGood() throws IOException {
    String yaml = Reference.yaml();
    for (Key<?> key : Keys.ALL) {
      // instead of another one
      if (!key.name().endsWith("password_file")
          && !key.equals(CallerKeys.JWKS_URL)
          && !key.equals(EncryptionKeys.KEYSET)
          && !key.equals(WebhookKeys.SECRET_FILE)) {
        yaml = uncommented(yaml, key);
      }
    }
    Config config = load(yaml);
    assertThat(config.database().url()).isPresent();
    assertThat(config.credentials().orElseThrow().query()).startsWith("SELECT account_id");
  }

  private static String table() {
    return "| key | environment variable | flag | value | default | what |\n"
        + "|---|---|---|---|---|---|\n"
        + Keys.ALL.stream().map(DocumentsTest::row).collect(Collectors.joining());
  }

  private static String row(Key<?> key) {
    return "| `%s` | `%s` | %s | %s | %s | %s |\n"
        .formatted(
            key.name(),
            key.environmentVariable(),
            key.flag() ? "`--" + key.name() + "`" : "",
            key.type().range(),
            key.defaultValue().map(text -> "`" + text + "`").orElse(""),
            key.doc());
  }

  private static String uncommented(String yaml, Key<?> key) {
    String name = key.name().substring(key.name().indexOf('.') + 1);
    int from = key.section().isEmpty() ? 0 : yaml.indexOf("\n" + key.section() + ":\n");
    int at = yaml.indexOf("# " + name + ": ", from);
    assertThat(at).describedAs(key.name()).isPositive();
    return yaml.substring(0, at) + yaml.substring(at + 2);
  }

  private Config load(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("tokenbroker.yaml"), yaml);
    return LoadedConfig.load(Optional.of(file), Map.of(), Map.of()).config();
  }
}
