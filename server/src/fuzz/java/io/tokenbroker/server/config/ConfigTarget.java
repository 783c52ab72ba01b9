package io.tokenbroker.server.config;

import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import io.tokenbroker.server.fuzz.Parts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file, and after it variables of the environment, as NAME=VALUE. Each is refused
 * by name or taken; what is in force can be written down and read again; a password is not told.
 */
public final class ConfigTarget implements FuzzTarget {
  private static final String CANARY = "made-up-canary-7f3a";
  private static final String PASSWORD = Keys.DATABASE_PASSWORD.environmentVariable();

  private final Path file;
  private final Path effective;

  public ConfigTarget() {
    try {
      file = Files.createTempFile("fuzz", ".yaml");
      effective = Files.createTempFile("fuzz", ".yaml");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void run(byte[] input) throws IOException {
    Parts parts = Parts.of(input);
    Map<String, String> environment = new HashMap<>();
    parts.texts().stream()
        .skip(1)
        .filter(text -> text.indexOf('=') > 0)
        .forEach(
            text ->
                environment.put(
                    text.substring(0, text.indexOf('=')), text.substring(text.indexOf('=') + 1)));
    environment.put(PASSWORD, CANARY);
    Files.writeString(file, parts.at(0), StandardCharsets.UTF_8);
    LoadedConfig loaded;
    try {
      loaded = LoadedConfig.load(Optional.of(file), environment, Map.of());
    } catch (ConfigException e) {
      e.problems().forEach(ConfigTarget::told);
      return;
    }
    loaded.warnings().forEach(ConfigTarget::told);
    if (loaded.effective().contains(CANARY) || loaded.config().toString().contains(CANARY)) {
      throw new AssertionError("the password is told");
    }
    if (!hasMoreSecrets(loaded.effective())) {
      Files.writeString(effective, loaded.effective(), StandardCharsets.UTF_8);
      LoadedConfig again =
          LoadedConfig.load(Optional.of(effective), Map.of(PASSWORD, CANARY), Map.of());
      if (!again.config().toString().equals(loaded.config().toString())) {
        throw new AssertionError("in force " + loaded.config() + " but reads " + again.config());
      }
    }
  }

  /** Those are not written down. */
  private static boolean hasMoreSecrets(String effective) {
    return effective.lines().filter(line -> line.contains(Password.NONE.toString())).count() > 1;
  }

  private static void told(String line) {
    Lines.check(line);
    if (line.contains(CANARY)) {
      throw new AssertionError("the password is told: " + line);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    Files.deleteIfExists(effective);
  }
}
