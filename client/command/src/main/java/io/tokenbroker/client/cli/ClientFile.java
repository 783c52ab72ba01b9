package io.tokenbroker.client.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a user has written down of the broker: {@code $XDG_CONFIG_HOME/tokenbroker/client.yaml}, or
 * {@code ~/.config/tokenbroker/client.yaml}. Flags and environment variables win over it.
 *
 * @param values by the environment variable that says the same
 */
record ClientFile(Map<String, String> values) {
  private static final int MAX_BYTES = 64 * 1024;

  private static final Map<String, String> KEYS =
      Map.of(
          "endpoint", Remote.VARIABLE,
          "tls", TlsFlags.TLS,
          "tls_ca", TlsFlags.CA,
          "tls_cert", TlsFlags.CERT,
          "tls_key", TlsFlags.KEY,
          "token_file", Remote.TOKEN_FILE);

  /**
   * @throws IllegalArgumentException if there is one that can't be used
   */
  static ClientFile read(Function<String, @Nullable String> variable) {
    Path path = path(variable);
    if (path == null) {
      return new ClientFile(Map.of());
    }
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw problem(path, 0, "has more than 64 KiB");
      }
      return new ClientFile(parse(path, Files.readString(path)));
    } catch (NoSuchFileException e) {
      return new ClientFile(Map.of());
    } catch (IOException | YamlEngineException e) {
      throw problem(path, 0, "cannot be read: " + e.getMessage());
    }
  }

  private static @Nullable Path path(Function<String, @Nullable String> variable) {
    String config = variable.apply("XDG_CONFIG_HOME");
    String home = variable.apply("HOME");
    if (config != null && !config.isEmpty()) {
      return Path.of(config, "tokenbroker", "client.yaml");
    }
    return home == null || home.isEmpty()
        ? null
        : Path.of(home, ".config", "tokenbroker", "client.yaml");
  }

  private static Map<String, String> parse(Path path, String text) {
    Map<String, String> values = new HashMap<>();
    boolean inMapping = false;
    var events = new Parse(LoadSettings.builder().build()).parseString(text).iterator();
    while (events.hasNext()) {
      Event event = events.next();
      if (!inMapping && event instanceof MappingStartEvent) {
        inMapping = true;
      } else if (inMapping && event instanceof MappingEndEvent) {
        return values;
      } else if (inMapping) {
        entry(path, event, events.next(), values);
      } else if (event instanceof ScalarEvent scalar && !scalar.getValue().isEmpty()) {
        throw problem(path, line(event), "must be a mapping such as endpoint: 127.0.0.1:50051");
      }
    }
    return values;
  }

  private static void entry(Path path, Event key, Event value, Map<String, String> values) {
    if (!(key instanceof ScalarEvent name) || !(value instanceof ScalarEvent scalar)) {
      throw problem(path, line(key), "must be a mapping of keys to texts");
    }
    String variable = KEYS.get(name.getValue());
    if (variable == null) {
      throw problem(
          path,
          line(key),
          "has the unknown key "
              + name.getValue()
              + "; there are "
              + KEYS.keySet().stream().sorted().toList());
    }
    String text = scalar.getValue();
    values.put(
        variable,
        variable.startsWith("TOKENBROKER_TLS_") || variable.equals(Remote.TOKEN_FILE)
            ? path.resolveSibling(text).toString()
            : text);
  }

  private static int line(Event event) {
    return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  private static IllegalArgumentException problem(Path path, int line, String what) {
    return new IllegalArgumentException(
        "the client file " + path + (line > 0 ? ":" + line : "") + " " + what);
  }

  /** What others say, and this where they say nothing. */
  Function<String, @Nullable String> below(Function<String, @Nullable String> others) {
    return name -> {
      String said = others.apply(name);
      return said == null || said.isEmpty() ? values.get(name) : said;
    };
  }
}
