package io.tokenbroker.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The configuration as it came out of all its sources.
 *
 * @param warnings lines to be logged once there is a log
 * @param effective the configuration as a commented YAML file, with passwords redacted
 */
public record LoadedConfig(Config config, List<String> warnings, String effective) {
  public LoadedConfig {
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads everything and checks it.
   *
   * @param file of YAML, if one was given
   * @param environment all variables of the process; those without TOKENBROKER_ are passed over
   * @param flags the values of flags by the name of their key, such as listen; wins over the
   *     environment, which wins over the file
   * @throws ConfigException with everything that is wrong
   */
  public static LoadedConfig load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags) {
    return load(
        problems -> file.map(path -> new ConfigFile(path, problems).read()).orElse(List.of()),
        environment,
        flags);
  }

  /** The same of a file that is read otherwise. */
  static LoadedConfig load(
      Function<Problems, List<Given>> file,
      Map<String, String> environment,
      Map<String, String> flags) {
    Problems problems = new Problems();
    List<String> warnings = new ArrayList<>();
    List<Given> fromFile = file.apply(problems);
    List<Given> fromEnvironment = new Environment(environment, problems).read();
    Settings settings =
        new Settings(List.of(fromFile, fromEnvironment, fromFlags(flags)), problems);
    Config config =
        new ConfigCheck(settings, new PasswordFile(warnings, problems), problems).config();
    return new LoadedConfig(config, warnings, Reference.effective(settings));
  }

  private static List<Given> fromFlags(Map<String, String> flags) {
    return Keys.ALL.stream()
        .filter(key -> key.flag() && flags.containsKey(key.name()))
        .map(key -> new Given(key, flags.getOrDefault(key.name(), ""), "flag --" + key.name()))
        .toList();
  }
}
