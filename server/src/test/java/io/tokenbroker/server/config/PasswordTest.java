package io.tokenbroker.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "hunter2\n", "hunter2\r\n"})
  void comesFromAFileWithoutItsNewline(String content) throws IOException {
    LoadedConfig loaded = load(file(content, "rw-r-----"));

    assertThat(loaded.config().database().password()).isEqualTo(new Password("hunter2"));
    assertThat(loaded.warnings()).isEmpty();
  }

  @Test
  void keepsAllButOneNewline() throws IOException {
    assertThat(load(file(" spaced \n", "rw-------")).config().database().password().reveal())
        .isEqualTo(" spaced ");
  }

  @Test
  void aFileThatEverybodyMayReadIsWarnedOf() throws IOException {
    Path file = file("hunter2", "rw-r--r--");

    assertThat(load(file).warnings())
        .containsExactly(
            "database.password_file = \""
                + file
                + "\" (environment variable"
                + " TOKENBROKER_DB_PASSWORD_FILE) may be read by everybody on this machine;"
                + " chmod o-r it");
  }

  @ParameterizedTest
  @CsvSource({
    "'',is empty",
    "'\n',is empty",
    "'hunter2\nhunter2\n',must hold nothing but the password",
  })
  void aBadFileIsAProblem(String content, String problem) throws IOException {
    assertThat(problem(file(content, "rw-------"))).contains(problem).doesNotContain("hunter2");
  }

  @Test
  void aLongOrAbsentFileIsAProblem() throws IOException {
    assertThat(problem(file("x".repeat(4097), "rw-------"))).contains("up to 4096 characters");
    assertThat(problem(file("x".repeat(1_000_000), "rw-------"))).contains("up to 4096");
    assertThat(problem(directory.resolve("none"))).contains("does not exist");
    assertThat(problem(directory)).contains("cannot be read");
  }

  @Test
  void excludesThePasswordItself() throws IOException {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                LoadedConfig.load(
                    Optional.empty(),
                    Map.of(
                        "TOKENBROKER_CREDENTIALS_PASSWORD", "hunter2",
                        "TOKENBROKER_CREDENTIALS_PASSWORD_FILE", "f",
                        "TOKENBROKER_CREDENTIALS_URL", "jdbc:mysql://h/d",
                        "TOKENBROKER_CREDENTIALS_QUERY", "SELECT 1"),
                    Map.of()));

    assertThat(e.problems())
        .containsExactly(
            "credentials.password (environment variable TOKENBROKER_CREDENTIALS_PASSWORD) and"
                + " credentials.password_file = \"f\" (environment variable"
                + " TOKENBROKER_CREDENTIALS_PASSWORD_FILE) exclude each other; remove one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:mysql://u:hunter2@h/d",
        "jdbc:mysql://u:hunter2/@hunter2@h/d",
        "jdbc:mysql://h/d?user=u&password=hunter2",
        "jdbc:mysql://h/d?Password=hun),;hunter2&useSSL=true",
        "jdbc:mysql://h/d?trustCertificateKeyStorePassword=hunter2",
        "jdbc:mysql://address=(host=h)(password1=hunter2)(port=1)/d",
        "jdbc:sqlite:d?password=hunter2",
      })
  void isNeverPrintedWithItsUrl(String url) {
    assertThat(new JdbcUrl(url).toString()).doesNotContain("hunter2").contains("[redacted]");
  }

  @Test
  void urlsWithoutOneArePrintedWhole() {
    String url = "jdbc:mysql://h:3306,h2:3306/d?user=u&sslMode=VERIFY_CA";
    assertThat(new JdbcUrl(url)).hasToString(url);
  }

  @Test
  void isNeverPrinted() {
    LoadedConfig loaded =
        LoadedConfig.load(
            Optional.empty(),
            Map.of(
                "TOKENBROKER_DB_URL", "jdbc:mysql://u:hunter2@h/d?password=hunter2",
                "TOKENBROKER_DB_PASSWORD", "hunter2",
                "TOKENBROKER_CREDENTIALS_URL", "jdbc:mysql://h/d?password=hunter2",
                "TOKENBROKER_CREDENTIALS_PASSWORD", "hunter2",
                "TOKENBROKER_CREDENTIALS_QUERY", "SELECT 1"),
            Map.of());

    assertThat(loaded.toString()).doesNotContain("hunter2");
    assertThat(loaded.config().database().url().orElseThrow().value()).contains("hunter2");
    assertThat(loaded.effective())
        .doesNotContain("hunter2")
        .contains("  password: \"[redacted]\" # environment variable TOKENBROKER_DB_PASSWORD\n");
  }

  private String problem(Path file) {
    return catchThrowableOfType(ConfigException.class, () -> load(file)).getMessage();
  }

  private static LoadedConfig load(Path file) {
    return LoadedConfig.load(
        Optional.empty(), Map.of("TOKENBROKER_DB_PASSWORD_FILE", file.toString()), Map.of());
  }

  private Path file(String content, String permissions) throws IOException {
    Path file = Files.writeString(directory.resolve("password"), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }
}
