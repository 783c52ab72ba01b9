package io.tokenbroker.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the environment variables that begin with TOKENBROKER_. */
record Environment(Map<String, String> variables, Problems problems) {
  private static final String PREFIX = "TOKENBROKER_";

  /**
   * Not ours to judge: the command's, the launcher's, the tests', and what Kubernetes adds to every
   * container for each service whose name begins with tokenbroker, such as tokenbroker-mysql.
   */
  private static final Pattern OTHERS =
      Pattern.compile(
          "TOKENBROKER_(ENDPOINT|TLS|TLS_CA|TLS_CERT|TLS_KEY|TOKEN_FILE|JAVA_OPTS|ARCHIVE_CLASSES|TEST_.*"
              + "|(\\w+_)?(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT(_\\d+_[A-Z]+(_\\w+)?)?))");

  /** What the variables give. An empty variable counts as none; an unknown one is a problem. */
  List<Given> read() {
    List<Given> given = new ArrayList<>();
    new TreeMap<>(variables)
        .forEach(
            (name, value) -> {
              Optional<Key<?>> key = Keys.byVariable(name);
              if (key.isPresent() && !value.isEmpty()) {
                given.add(new Given(key.get(), value, "environment variable " + name));
              } else if (key.isEmpty()
                  && name.startsWith(PREFIX)
                  && !OTHERS.matcher(name).matches()) {
                problems.unknown("environment variable", name, "", Keys.VARIABLES);
              }
            });
    return given;
  }
}
