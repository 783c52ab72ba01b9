package io.tokenbroker.server.config;

import io.tokenbroker.server.fuzz.FuzzTarget;
import io.tokenbroker.server.fuzz.Lines;
import io.tokenbroker.server.fuzz.Parts;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A configuration file, and after it variables of the environment, as NAME=VALUE. Each is refused
 * by name or taken; what is in force can be written down and read again; a password is not told.
 */
public final class ConfigTarget implements FuzzTarget {
  private static final String CANARY = "made-up-canary-7f3a";
  private static final String PASSWORD = Keys.DATABASE_PASSWORD.environmentVariable();

  private static final Path FILE = Path.of("tokenbroker.yaml");

  @Override
  public void run(byte[] input) {
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
    LoadedConfig loaded;
    try {
      loaded = load(parts.at(0), environment);
    } catch (ConfigException e) {
      e.problems().forEach(ConfigTarget::told);
      return;
    }
    loaded.warnings().forEach(ConfigTarget::told);
    if (loaded.effective().contains(CANARY) || loaded.config().toString().contains(CANARY)) {
      throw new AssertionError("the password is told");
    }
    if (!hasMoreSecrets(loaded.effective())) {
      LoadedConfig again = load(loaded.effective(), Map.of(PASSWORD, CANARY));
      if (!again.config().toString().equals(loaded.config().toString())) {
        throw new AssertionError("in force " + loaded.config() + " but reads " + again.config());
      }
    }
  }

  private static LoadedConfig load(String file, Map<String, String> environment) {
    return LoadedConfig.load(
        problems -> new ConfigFile(FILE, problems).parse(file), environment, Map.of());
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
}
